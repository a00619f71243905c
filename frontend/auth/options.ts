// How Better Auth is to work here.
import type { BetterAuthOptions } from 'better-auth';
import { jwt } from 'better-auth/plugins';
import type { Pool } from 'pg';

import type { ServerConfig } from '@/config/server';
import { alreadySignedUp, confirmAddress, newPassword } from '@/words/mails';

import { ADDRESS_HEADER } from './addresses';
import { limitPerAccount } from './attempts/plugin';
import { Attempts } from './attempts/store';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from './passwords';
import { TABLES } from './tables';
import type { Send } from './mailer';

export const COOKIE = '__Host-taskwire.session';
export const TOKEN_LIFE = '10m';
const HOUR = 60 * 60;
const DAY = 24 * HOUR;

export function authOptions(config: ServerConfig, pool: Pool, send: Send) {
  const attempts = new Attempts(pool, config.secret);
  return {
    appName: 'Taskwire',
    baseURL: config.origin,
    secret: config.secret,
    trustedOrigins: [config.origin],
    database: pool,
    ...TABLES,
    account: {
      ...TABLES.account,
      encryptOAuthTokens: true,
      // An account of a provider joins one of the same address only where the provider has confirmed the address.
      accountLinking: { enabled: true, trustedProviders: [] },
    },
    session: { ...TABLES.session, expiresIn: 30 * DAY, updateAge: DAY },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
      requireEmailVerification: config.mail !== null,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: HOUR,
      sendResetPassword: ({ user, token }) => send(user.email, newPassword(page(config, '/reset-password', token))),
      onPasswordReset: ({ user }) => attempts.forget('sign-in', user.email),
      onExistingUserSignUp: ({ user }) => send(user.email, alreadySignedUp(`${config.origin}/sign-in`)),
    },
    emailVerification: {
      expiresIn: HOUR,
      sendOnSignUp: true,
      sendOnSignIn: true,
      // Who opens the link signs in as well: else a link could sign somebody in to an account of another.
      autoSignInAfterVerification: false,
      sendVerificationEmail: ({ user, token }) =>
        send(user.email, confirmAddress(page(config, '/verify-email', token))),
    },
    socialProviders: {
      ...(config.google === null ? {} : { google: config.google }),
      ...(config.github === null ? {} : { github: config.github }),
    },
    rateLimit: { ...TABLES.rateLimit, ...limitsPerAddress(config) },
    advanced: {
      useSecureCookies: false,
      cookiePrefix: '__Host-taskwire',
      cookies: { session_token: { name: COOKIE } },
      defaultCookieAttributes: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
      database: { generateId: 'uuid' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // Otherwise off under a test runner.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      // A mail is sent beside the answer: how long it takes would tell who has an account.
      backgroundTasks: { handler: (task) => void task },
    },
    onAPIError: { errorURL: `${config.origin}/sign-in` },
    // Its lower levels name e-mail addresses.
    logger: { level: 'warn' },
    telemetry: { enabled: false },
    plugins: [tokens(config), limitPerAccount(attempts, config.secret)],
  } satisfies BetterAuthOptions;
}

/** The tokens that the services accept: who, from which session, for ten minutes. Nothing else about the person is in them. */
function tokens(config: ServerConfig) {
  return jwt({
    schema: TABLES.jwks,
    disableSettingJwtHeader: true,
    jwks: { keyPairConfig: { alg: 'EdDSA', crv: 'Ed25519' }, rotationInterval: 90 * DAY, gracePeriod: DAY },
    jwt: {
      issuer: config.origin,
      audience: config.audience,
      expirationTime: TOKEN_LIFE,
      definePayload: ({ session }) => ({ sid: session.id }),
    },
  });
}

/** Wide enough for an office behind one address; guessing is stopped per account. What needs a session needs no limit. */
function limitsPerAddress(config: ServerConfig) {
  const perMinute = (max: number) => ({ window: 60, max });
  return {
    enabled: true,
    storage: 'database' as const,
    ...perMinute(600),
    customRules: {
      '/sign-in/email': perMinute(config.signInsPerMinute),
      '/sign-in/social': perMinute(config.signInsPerMinute),
      '/sign-up/email': perMinute(config.signUpsPerMinute),
      '/request-password-reset': perMinute(config.signUpsPerMinute),
      '/send-verification-email': perMinute(config.signUpsPerMinute),
      '/reset-password': perMinute(config.signInsPerMinute),
      '/verify-email': perMinute(config.signInsPerMinute),
      '/token': false as const,
      '/jwks': false as const,
      '/sign-out': false as const,
      '/revoke-sessions': false as const,
    },
  };
}

/** Mails lead to a page of ours, which asks before it does something: programs that look at mails open links too. */
function page(config: ServerConfig, path: string, token: string): string {
  return `${config.origin}${path}?token=${encodeURIComponent(token)}`;
}
