// Gets access tokens from the session, and keeps the newest in memory.
import { SignedOut, type Token, type TokenSource } from './token';

/** A token must be good for so long yet, or there is a newer one first. */
const RENEW_BEFORE = 60_000;

export interface World {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface KeptTokenSource extends TokenSource {
  /** Somebody signed out, or in: what was got before is not given to anybody any more. */
  forget(): void;
}

/** Rejects with this while tokens cannot be had for another reason than the network's. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
}

export function createTokenSource({ fetch, now }: World): KeptTokenSource {
  let kept: Token | undefined;
  let asked: Promise<Token> | undefined;

  async function ask(): Promise<Token> {
    const response = await fetch('/api/auth/token', { headers: { Accept: 'application/json' }, cache: 'no-store' });
    if (response.status === 401) {
      throw new SignedOut('the session has ended; sign in again');
    }
    if (!response.ok) {
      throw new NoToken(`the server gave no token (${response.status})`);
    }
    return read(await response.json(), now());
  }

  async function renew(): Promise<Token> {
    const mine = ask();
    asked = mine;
    try {
      const token = await mine;
      if (asked === mine) kept = token;
      return token;
    } finally {
      if (asked === mine) asked = undefined;
    }
  }

  return {
    token() {
      if (kept !== undefined && kept.expiresAt - now() > RENEW_BEFORE) {
        return Promise.resolve(kept);
      }
      return asked ?? renew();
    },
    forget() {
      kept = undefined;
      asked = undefined;
    },
  };
}

/** What the token says of itself. Whether it is genuine is for the services to check; here it comes from our own server. */
function read(answer: unknown, receivedAt: number): Token {
  const value = field(answer, 'token', 'string');
  const payload = value.split('.')[1] ?? '';
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
  // By how long it lives, not by when it ends: the clock of this machine may be wrong.
  const life = field(claims, 'exp', 'number') - field(claims, 'iat', 'number');
  return { value, userId: field(claims, 'sub', 'string'), expiresAt: receivedAt + life * 1_000 };
}

interface Types {
  string: string;
  number: number;
}

function field<Type extends keyof Types>(from: unknown, name: string, type: Type): Types[Type] {
  const value: unknown =
    typeof from === 'object' && from !== null && name in from ? Reflect.get(from, name) : undefined;
  if (typeof value !== type) {
    throw new NoToken(`the server gave a token without ${name}`);
  }
  // The line above has checked it, which the compiler cannot follow.
  return value as Types[Type];
}
