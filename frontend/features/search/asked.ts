'use client';

// What the server answers to a question of the screen. An answer to an earlier question is dropped.
import { useEffect, useState } from 'react';

export type Asked<T> =
  | { readonly kind: 'waiting'; readonly last: T | null }
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'failed'; readonly last: T | null; readonly error: unknown };

/**
 * Asks when `key` changes, and `delayMs` after it did. Null asks nothing. While it waits, and when it fails, there is what
 * was answered last.
 */
export function useAsked<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>, delayMs = 0): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ kind: 'waiting', last: null });
  const [askedFor, setAskedFor] = useState(key);
  if (askedFor !== key) {
    setAskedFor(key);
    setAsked({ kind: 'waiting', last: lastOf(asked) });
  }
  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      ask(controller.signal).then(
        (answer) => {
          if (!controller.signal.aborted) setAsked({ kind: 'answered', answer });
        },
        (error: unknown) => {
          if (!controller.signal.aborted) setAsked((before) => ({ kind: 'failed', last: lastOf(before), error }));
        },
      );
    }, delayMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
    // The key says all that the question depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, delayMs]);
  return asked;
}

export function lastOf<T>(asked: Asked<T>): T | null {
  return asked.kind === 'answered' ? asked.answer : asked.last;
}
