// What the server's refusals mean to a person.
import { signIn as words } from '@/words/sign-in';

export type Field = 'name' | 'email' | 'password';

/** Signing in, up or out did not work. The message can be shown. */
export class AuthFailure extends Error {
  override readonly name = 'AuthFailure';

  constructor(
    message: string,
    /** What the server called it. */
    readonly code: string | null = null,
    /** Where on the form it belongs. */
    readonly field: Field | null = null,
  ) {
    super(message);
  }
}

/** The server was not reached. */
export function unreachable(): AuthFailure {
  return new AuthFailure(words.failed.network);
}

export function failureOf(status: number, headers: Headers, body: unknown): AuthFailure {
  const code = text(body, 'code');
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? headers.get('x-retry-after') ?? 60);
    return new AuthFailure(words.failed.tooMany(seconds), code);
  }
  const [message, field] = MEANINGS[code ?? ''] ?? [words.failed.server, null];
  return new AuthFailure(message, code, field);
}

const MEANINGS: Readonly<Record<string, readonly [string, Field | null]>> = {
  INVALID_EMAIL_OR_PASSWORD: [words.failed.credentials, null],
  INVALID_EMAIL: [words.missing.email, 'email'],
  VALIDATION_ERROR: [words.missing.email, 'email'],
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: [words.failed.taken, 'email'],
  PASSWORD_TOO_SHORT: [words.failed.short, 'password'],
  PASSWORD_TOO_LONG: [words.failed.long, 'password'],
  EMAIL_NOT_VERIFIED: [words.confirmFirst.title, null],
  INVALID_TOKEN: [words.failed.link, null],
  TOKEN_EXPIRED: [words.failed.link, null],
  USER_NOT_FOUND: [words.failed.link, null],
  INVALID_ORIGIN: [words.failed.origin, null],
  MISSING_OR_NULL_ORIGIN: [words.failed.origin, null],
};

function text(body: unknown, name: string): string | null {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : null;
  return typeof value === 'string' ? value : null;
}
