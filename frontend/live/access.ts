// Tokens for one user's store: those of another user, who signed in elsewhere in this browser, are never used.
import { SignedOut } from '@/auth/token';
import type { Token, TokenSource } from '@/auth/token';

/** A token of this very user. Rejects with `SignedOut` when another one is signed in, or nobody. */
export function tokensOf(userId: string, tokens: TokenSource): TokenSource {
  return {
    async token(): Promise<Token> {
      const token = await tokens.token();
      if (token.userId !== userId) {
        throw new SignedOut('another user is signed in');
      }
      return token;
    },
  };
}
