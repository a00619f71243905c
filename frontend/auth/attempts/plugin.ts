// Puts the limits per account around Better Auth's own endpoints.
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';

import { KNOWN_BROWSER_COOKIE, KNOWN_FOR_SECONDS, knownBrowser, newMark } from './known-browser';
import { kindOf } from './limits';
import type { Attempts } from './store';

/** The code of the refusal; `retryAfter` beside it holds the seconds. */
export const TOO_MANY_ATTEMPTS = 'TOO_MANY_ATTEMPTS';

export function limitPerAccount(attempts: Attempts, secret: string) {
  return {
    id: 'taskwire-attempts',
    hooks: {
      before: [
        {
          matcher: ({ path }) => kindOf(path) !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const [kind, email] = [kindOf(ctx.path), emailOf(ctx.body)];
            if (kind === undefined || email === undefined) return;
            const browser = knownBrowser(secret, ctx.getCookie(KNOWN_BROWSER_COOKIE), email);
            const seconds = await attempts.begin(kind, email, browser);
            if (seconds > 0) throw tooMany(seconds);
          }),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === '/sign-in/email' || path === '/sign-up/email',
          handler: createAuthMiddleware(async (ctx) => {
            if (ctx.context.newSession === null) return;
            const { email } = ctx.context.newSession.user;
            const browser = knownBrowser(secret, ctx.getCookie(KNOWN_BROWSER_COOKIE), email);
            if (browser === undefined) ctx.setCookie(KNOWN_BROWSER_COOKIE, newMark(secret, email), COOKIE);
            await attempts.forget('sign-in', email, browser);
            await attempts.tidy();
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}

const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax', maxAge: KNOWN_FOR_SECONDS } as const;

/** The same for an address with an account and for one without. */
function tooMany(seconds: number) {
  const body = { code: TOO_MANY_ATTEMPTS, message: 'too many attempts for this account', retryAfter: seconds };
  return new APIError('TOO_MANY_REQUESTS', body, { 'Retry-After': String(seconds) });
}

function emailOf(body: unknown): string | undefined {
  const named = typeof body === 'object' && body !== null && 'email' in body ? body.email : undefined;
  return typeof named === 'string' ? named : undefined;
}
