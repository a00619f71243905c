// Of all tabs of one user one leads: it holds the socket and sends. When it is gone, however it went, another one does.
import type { Ports } from './ports';
import { Bell, isOver, onAbort } from './wait';

const AGAIN_MS = 5_000;

type Work = (signal: AbortSignal) => Promise<void>;

export function lockOf(userId: string): string {
  return `taskwire.leads.${userId}`;
}

/** Calls `work` whenever this tab leads, until the signal is aborted. Work that fails lets another tab lead. */
export async function lead(
  ports: Pick<Ports, 'locks' | 'after'>,
  userId: string,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await ports.locks.request(lockOf(userId), { signal }, () => work(signal));
    } catch (error) {
      if (!isOver(signal)) {
        console.error('this tab stops leading', error);
        await new Bell(ports).wait(AGAIN_MS, signal);
      }
    }
  }
}

/** Works at several things until the signal is aborted; when one fails, the others end, too. */
export async function together(signal: AbortSignal, works: readonly Work[]): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const forget = onAbort(signal, end);
  const running = works.map((work) => work(ending.signal));
  try {
    await Promise.all(running);
  } finally {
    end();
    forget();
    await Promise.allSettled(running);
  }
}
