// Which of Better Auth's endpoints the world sees: those that the pages use, and the keys. A new version, or a plugin, opens
// nothing by itself.

const OPEN = {
  GET: ['/token', '/jwks', '/verify-email', '/callback/google', '/callback/github'],
  POST: [
    '/sign-up/email',
    '/sign-in/email',
    '/sign-in/social',
    '/sign-out',
    '/revoke-sessions',
    '/request-password-reset',
    '/reset-password',
    '/send-verification-email',
  ],
} as const;

export const BASE_PATH = '/api/auth';

export function isOpen(method: string, pathname: string): boolean {
  if (!pathname.startsWith(`${BASE_PATH}/`) || (method !== 'GET' && method !== 'POST')) {
    return false;
  }
  const open: readonly string[] = OPEN[method];
  return open.includes(pathname.slice(BASE_PATH.length));
}
