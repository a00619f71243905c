// How often one account may be tried, whoever tries. The first ones are free; after them each waits longer than the one
// before, up to a bound: a guesser gets about a hundred tries a day, and nobody is locked out for good.

export type Kind = 'sign-in' | 'mail';

export interface Limit {
  /** So many without waiting. */
  readonly free: number;
  /** Seconds after the last free one; doubles with each. */
  readonly firstWait: number;
  readonly longestWait: number;
}

export const LIMITS: Readonly<Record<Kind, Limit>> = {
  'sign-in': { free: 5, firstWait: 60, longestWait: 15 * 60 },
  mail: { free: 3, firstWait: 5 * 60, longestWait: 60 * 60 },
};

/** What a request of this path counts as; undefined where there is no account to guard. */
export function kindOf(path: string | undefined): Kind | undefined {
  switch (path) {
    case '/sign-in/email':
      return 'sign-in';
    case '/sign-up/email':
    case '/request-password-reset':
    case '/send-verification-email':
      return 'mail';
    default:
      return undefined;
  }
}
