// Follows the user's changes by one socket, as docs/REALTIME.md says, and fetches what it does not bring. Only the tab
// that leads does.
import { ApiError } from '@/api/error';
import { SignedOut } from '@/auth/token';
import type { TokenSource } from '@/auth/token';

import type { Caller } from './call';
import { catchUp } from './catchup';
import { takeEvents } from './confirmed';
import type { StreamEvent } from './confirmed';
import type { Ports, Socket } from './ports';
import { STREAMS, sinceOf } from './positions';
import type { Store } from './store';
import { Bell, backOff, onAbort } from './wait';
import { frameOf } from './wire';
import type { Frame } from './wire';

const PROTOCOL = 'taskwire.v1';
const ANSWER_MS = 20_000;
const REFRESH_BEFORE_MS = 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The gateway takes ten refreshes a minute. */
const PROBE_EVERY_MS = 15_000;
const LOOK_AGAIN_MS = 30_000;

/** Coming back would not help, before something is put right. */
const FINAL: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 4500, 4502, 4504]);
/** The token is refused, or another user's. */
const SIGN_IN: ReadonlySet<number> = new Set([4501, 4503]);
/** The connection ended without a word. */
const LOST = 1006;

interface End {
  readonly code: number;
  /** Everything was caught up before. */
  readonly wasLive: boolean;
  /** How long the services asked to be left alone. */
  readonly afterMs: number;
}

export class Follower {
  private readonly bell: Bell;
  private session: Session | null = null;

  constructor(
    private readonly url: string,
    private readonly store: Store,
    private readonly call: Caller,
    private readonly tokens: TokenSource,
    private readonly ports: Pick<Ports, 'random' | 'after' | 'now' | 'socket'>,
  ) {
    this.bell = new Bell(ports);
  }

  /** The network may be there again, or have gone while the machine slept. */
  wake(): void {
    this.bell.ring();
    this.session?.probe();
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const end = await this.follow(signal);
      this.store.stand({ connection: 'offline', ...(SIGN_IN.has(end.code) ? { signedOut: true } : {}) });
      if (FINAL.has(end.code)) {
        return;
      }
      failures = end.wasLive ? 0 : failures + 1;
      const afterMs = end.wasLive || end.code !== LOST ? 0 : await this.fetch(signal);
      const wait = SIGN_IN.has(end.code) ? LOOK_AGAIN_MS : backOff(failures, this.ports.random());
      await this.bell.wait(Math.max(wait, end.afterMs, afterMs), signal);
    }
  }

  /** One socket, from its token to its end. */
  private async follow(signal: AbortSignal): Promise<End> {
    try {
      const { value } = await this.tokens.token();
      this.store.stand({ connection: 'catching-up' });
      this.session = new Session(this.url, value, this.store, this.call, this.tokens, this.ports);
      return await this.session.run(signal);
    } catch (error) {
      return { code: error instanceof SignedOut ? 4501 : LOST, wasLive: false, afterMs: 0 };
    }
  }

  /** Without a socket, what REST has: a gateway may be down while the rest is not. Answers how long to leave it alone. */
  private async fetch(signal: AbortSignal): Promise<number> {
    try {
      for (const stream of STREAMS) {
        await catchUp(this.store, this.call, stream, signal);
      }
      return 0;
    } catch (error) {
      return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    }
  }
}

class Session {
  private socket: Socket | null = null;
  /** Frames that came and are not handled yet. */
  private waiting: Frame[] = [];
  private isHandling = false;
  private isOver = false;
  private wasLive = false;
  private afterMs = 0;
  private probedAt = 0;
  private cancelTimer = () => {};
  private forget = () => {};
  private end: (code: number) => void = () => {};

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly store: Store,
    private readonly call: Caller,
    private readonly tokens: TokenSource,
    private readonly ports: Pick<Ports, 'after' | 'now' | 'socket'>,
  ) {}

  async run(signal: AbortSignal): Promise<End> {
    const code = await new Promise<number>((resolve) => {
      this.end = resolve;
      this.expectAnswer();
      this.socket = this.ports.socket(this.url, PROTOCOL, {
        open: () => this.say({ type: 'connect', token: this.token, ...since(this.store) }),
        message: (data) => this.hear(data, signal),
        close: resolve,
      });
      this.forget = onAbort(signal, this.leave);
    });
    this.leave();
    this.forget();
    return { code, wasLive: this.wasLive, afterMs: this.afterMs };
  }

  /** A socket of a connection that is gone does not say so; whether it lives shows by an answer. */
  probe(): void {
    if (this.wasLive && !this.isOver && this.ports.now() - this.probedAt > PROBE_EVERY_MS) {
      this.probedAt = this.ports.now();
      void this.refresh();
    }
  }

  private hear(data: unknown, signal: AbortSignal): void {
    if (this.isOver) {
      return;
    }
    try {
      this.waiting.push(frameOf(data));
    } catch {
      this.leave();
      return;
    }
    if (!this.isHandling) {
      void this.handleAll(signal);
    }
  }

  /** One after the other: what comes during a catch-up waits for it. */
  private async handleAll(signal: AbortSignal): Promise<void> {
    this.isHandling = true;
    try {
      while (this.waiting.length > 0) {
        const events = this.waitingEvents();
        const frame = events.length > 0 ? undefined : this.waiting.shift();
        await (frame === undefined ? this.take(events, signal) : this.handle(frame, signal));
      }
    } catch (error) {
      this.afterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      this.leave();
    }
    this.isHandling = false;
  }

  private async handle(frame: Frame, signal: AbortSignal): Promise<void> {
    switch (frame.is) {
      case 'connected':
        this.refreshBefore(frame.expiresAt);
        for (const stream of frame.missed) {
          await catchUp(this.store, this.call, stream, signal);
        }
        this.wasLive = true;
        this.stand({ connection: 'live', signedOut: false });
        return;
      case 'refreshed':
        this.refreshBefore(frame.expiresAt);
        return;
      case 'event':
      case 'unknown':
        return;
    }
  }

  /** The events in front, which are written together. */
  private waitingEvents(): StreamEvent[] {
    const other = this.waiting.findIndex(({ is }) => is !== 'event');
    const frames = this.waiting.splice(0, other < 0 ? this.waiting.length : other);
    return frames.flatMap((frame) => (frame.is === 'event' ? frame.event : []));
  }

  private async take(events: readonly StreamEvent[], signal: AbortSignal): Promise<void> {
    const first = await this.learn(events);
    const gap = events[first];
    if (gap === undefined) {
      return;
    }
    this.stand({ connection: 'catching-up' });
    await catchUp(this.store, this.call, gap.stream, signal);
    this.stand({ connection: 'live' });
    const left = events.slice(first);
    // What was fetched reaches as far as the event, or the other stream has a gap, too.
    if ((await this.learn(left)) === 0) {
      throw new Error(`position ${gap.at.position} of ${gap.stream} is out of reach`);
    }
    await this.take(left, signal);
  }

  /** Takes events up to the first gap; answers how many. */
  private async learn(events: readonly StreamEvent[]): Promise<number> {
    let count = 0;
    await this.store.learn(({ confirmed }) => {
      const { delta, taken } = takeEvents(confirmed, events);
      count = taken;
      return delta;
    });
    return count;
  }

  /** Gets a new token and says it, before the old one expires. */
  private refreshBefore(expiresAt: number): void {
    const left = expiresAt - this.ports.now();
    this.startTimer(
      Math.min(Math.max(left - REFRESH_BEFORE_MS, left / 2), LONGEST_TIMER_MS),
      () => void this.refresh(),
    );
  }

  private async refresh(): Promise<void> {
    try {
      const { value } = await this.tokens.token();
      this.expectAnswer();
      this.say({ type: 'refresh', token: value });
    } catch (error) {
      if (error instanceof SignedOut) {
        this.end(4501);
      }
      // Without a new token the socket ends with the old one, and comes back.
    }
  }

  private expectAnswer(): void {
    this.startTimer(ANSWER_MS, () => this.leave());
  }

  private startTimer(ms: number, work: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.ports.after(ms, work);
  }

  private say(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  /** How things stand is another socket's to say once this one is over. */
  private stand(standing: Parameters<Store['stand']>[0]): void {
    if (!this.isOver) {
      this.store.stand(standing);
    }
  }

  private readonly leave = (): void => {
    this.isOver = true;
    this.cancelTimer();
    this.waiting = [];
    this.socket?.close();
    this.end(LOST);
  };
}

function since(store: Store): object {
  const known = sinceOf(store.state.confirmed.streams);
  return known === null ? {} : { since: known };
}
