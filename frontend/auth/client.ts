// Signing in, up and out, for the browser. What fails rejects with a message that can be shown.
import { AuthFailure, failureOf, unreachable } from './failure';
import type { TokenSource } from './token';
import { createTokenSource } from './token-source';

export type Provider = 'google' | 'github';

const source = createTokenSource({ fetch: (path, init) => fetch(path, init), now: () => Date.now() });

/** One for the whole page. */
export function tokenSource(): TokenSource {
  return source;
}

export async function signIn(email: string, password: string): Promise<void> {
  await post('/sign-in/email', { email, password });
  source.forget();
}

/** Answers whether the person is signed in now, or has to open a link in a mail first. */
export async function signUp(name: string, email: string, password: string): Promise<'signed-in' | 'confirm'> {
  const answer = await post('/sign-up/email', { name, email, password });
  source.forget();
  const token: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'token') : null;
  return typeof token === 'string' ? 'signed-in' : 'confirm';
}

/** Leads to the provider's page, and from there back to `path`. */
export async function signInWith(provider: Provider, path: string): Promise<void> {
  const body = { provider, callbackURL: path, errorCallbackURL: '/sign-in', disableRedirect: true };
  const answer = await post('/sign-in/social', body);
  const url: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'url') : null;
  if (typeof url !== 'string' || !url.startsWith('https://')) {
    throw failureOf(500, new Headers(), null);
  }
  window.location.assign(url);
}

/** Here. Other browsers stay signed in. */
export async function signOut(): Promise<void> {
  await post('/sign-out', {});
  source.forget();
}

/** In every browser: no session gets a new token from now on, and the last ones end within ten minutes. */
export async function signOutEverywhere(): Promise<void> {
  try {
    await post('/revoke-sessions', {});
  } catch (error) {
    // The session had ended before: there is nothing left to end.
    if (!(error instanceof AuthFailure && error.code === 'UNAUTHORIZED')) throw error;
  }
  source.forget();
}

export async function requestNewPassword(email: string): Promise<void> {
  await post('/request-password-reset', { email });
}

export async function setNewPassword(token: string, newPassword: string): Promise<void> {
  await post('/reset-password', { token, newPassword });
}

export async function confirmEmail(token: string): Promise<void> {
  await call(`/verify-email?token=${encodeURIComponent(token)}`, { method: 'GET' });
}

function post(path: string, body: object): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function call(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`/api/auth${path}`, { ...init, cache: 'no-store' }).catch(() => {
    throw unreachable();
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    throw failureOf(response.status, response.headers, body);
  }
  return body;
}
