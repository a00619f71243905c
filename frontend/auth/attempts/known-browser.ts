// A browser that somebody has signed in with before. It is counted by itself: a guesser elsewhere uses up the tries of
// strangers, and cannot keep the owner of an account out of it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const KNOWN_BROWSER_COOKIE = '__Host-taskwire.known';
export const KNOWN_FOR_SECONDS = 365 * 24 * 60 * 60;

/** For this browser and this account alone. It opens nothing: who steals it gets a count of their own, not more tries. */
export function newMark(secret: string, email: string): string {
  const browser = randomBytes(16).toString('base64url');
  return `${browser}.${signature(secret, browser, email)}`;
}

/** The browser's name, if the mark was made by us for this account. */
export function knownBrowser(secret: string, mark: string | null, email: string): string | undefined {
  const [browser = '', signed = ''] = mark?.split('.') ?? [];
  const wanted = Buffer.from(signature(secret, browser, email));
  const given = Buffer.from(signed);
  return wanted.length === given.length && timingSafeEqual(wanted, given) ? browser : undefined;
}

function signature(secret: string, browser: string, email: string): string {
  return createHmac('sha256', secret)
    .update(`known-browser:${browser}:${email.trim().toLowerCase()}`)
    .digest('base64url');
}
