// Waiting that ends when it is told to.
import type { Ports } from './ports';

const FIRST_BOUND = 500;
const LAST_BOUND = 30_000;

/** How long to wait before attempt n after failures: a random time below a bound that doubles. */
export function backOff(failures: number, random: number): number {
  return random * Math.min(FIRST_BOUND * 2 ** failures, LAST_BOUND);
}

/** What a signal says by now; that it said something else before says nothing. */
export function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Calls once the signal is aborted, at once if it is; answers what prevents it. */
export function onAbort(signal: AbortSignal, work: () => void): () => void {
  if (signal.aborted) {
    work();
  }
  signal.addEventListener('abort', work, { once: true });
  return () => signal.removeEventListener('abort', work);
}

/** Rings wake who waits; one that rings while nobody waits is heard by the next who does. */
export class Bell {
  private isRung = false;
  private wake: (() => void) | null = null;

  constructor(private readonly ports: Pick<Ports, 'after'>) {}

  ring = (): void => {
    this.isRung = true;
    this.wake?.();
  };

  /** Until it rings, the time is over (null: however long it takes), or it is aborted. */
  async wait(ms: number | null, signal: AbortSignal): Promise<void> {
    if (!this.isRung && !signal.aborted) {
      await this.untilRung(ms, signal);
    }
    this.isRung = false;
  }

  private async untilRung(ms: number | null, signal: AbortSignal): Promise<void> {
    let [cancel, forget] = [() => {}, () => {}];
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      forget = onAbort(signal, this.ring);
      if (ms !== null) {
        cancel = this.ports.after(ms, resolve);
      }
    });
    this.wake = null;
    cancel();
    forget();
  }
}
