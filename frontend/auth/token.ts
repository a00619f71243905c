// Access tokens, for those who call services. They live in memory alone.

/** Who is signed in, with a token that services accept. */
export interface Token {
  readonly value: string;
  /** The user's id: the `sub` of the token. */
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface TokenSource {
  /** A token that is good for another minute at least. Rejects with `SignedOut`, or with what the network said. */
  token(): Promise<Token>;
}

/** There is no session any more: the person signs in again. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}
