// Sends the changes that are kept, one after the other, each until its outcome is known. Only the tab that leads does.
import { problemOf, retryAfterMs } from '@/api/error';
import { SignedOut } from '@/auth/token';

import type { Called, Caller } from './call';
import { isFields } from './entity';
import { StorageFull } from './live';
import { outcomeOf } from './outcome';
import type { Answer } from './outcome';
import type { Ports } from './ports';
import { next } from './queue';
import type { ApiRequest } from './request';
import { prepare, settle } from './sending';
import type { Prepared } from './sending';
import type { Delta, State } from './state';
import type { Store } from './store';
import { Bell, backOff } from './wait';
import type { Change } from './change';

/** Nothing can be done about these but to look again. */
const LOOK_AGAIN_MS = 30_000;

/** New tokens that were not taken either: the person has to sign in. */
const ENOUGH_REFUSALS = 3;

interface Pause {
  readonly ms: number;
  /** The server asked for it. */
  readonly isAsked: boolean;
}

export class Sender {
  readonly bell: Bell;
  /** Changes that the server fails on, until when, and how often it did. */
  private readonly paused = new Map<string, { readonly until: number; readonly failures: number }>();
  private failures = 0;
  /** Ends waiting that nobody asked for. */
  private readonly alarm: Bell;

  constructor(
    private readonly store: Store,
    private readonly call: Caller,
    private readonly ports: Pick<Ports, 'now' | 'random' | 'after'>,
  ) {
    this.bell = new Bell(ports);
    this.alarm = new Bell(ports);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const change = this.ready();
      if (change === null) {
        await this.bell.wait(this.nextLook(), signal);
        continue;
      }
      const pause = await this.attempt(change, signal);
      if (pause !== null) {
        await (pause.isAsked ? new Bell(this.ports) : this.alarm).wait(pause.ms, signal);
      }
    }
  }

  /** The network may be there again, or the person: it is tried at once, unless the server asked for time. */
  wake(): void {
    this.alarm.ring();
    this.bell.ring();
  }

  /** Sends one; answers how long nothing is to be sent now. */
  private async attempt(change: Change, signal: AbortSignal): Promise<Pause | null> {
    const epoch = this.store.state.confirmed.streams.tasks?.epoch ?? 0;
    try {
      const prepared = await this.prepare(change);
      if (prepared.request === null) {
        return null;
      }
      const answer = await this.exchange(prepared.request, signal);
      return signal.aborted ? null : await this.conclude(prepared.change, answer, epoch);
    } catch (error) {
      if (error instanceof SignedOut) {
        this.store.stand({ signedOut: true });
      } else if (!(error instanceof StorageFull)) {
        throw error;
      }
      return { ms: LOOK_AGAIN_MS, isAsked: false };
    }
  }

  /** Keeps what is about to be sent. Without room for that it is sent all the same: the same change has the same key. */
  private async prepare(change: Change): Promise<{ change: Change; request: ApiRequest | null }> {
    let prepared: Prepared = prepare(this.store.state, change.id, keyOf(change));
    const make: Parameters<Store['update']>[0] = (state) => {
      const fresh = state.queue.find(({ id }) => id === change.id) ?? change;
      prepared = prepare(state, change.id, keyOf(fresh));
      return prepared.delta;
    };
    await this.store.update(make).catch((error: unknown) => {
      if (!(error instanceof StorageFull) || prepared.request === null) {
        throw error;
      }
    });
    return { change: prepared.delta.changes?.find(({ id }) => id === change.id) ?? change, request: prepared.request };
  }

  private async exchange(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    try {
      const answer = answerOf(await this.call(request, signal));
      if (answer.is === 'body') {
        this.store.stand({ signedOut: false });
      }
      return answer;
    } catch (error) {
      if (error instanceof SignedOut) {
        throw error;
      }
      return { is: 'lost' };
    }
  }

  private async conclude(change: Change, answer: Answer, epoch: number): Promise<Pause | null> {
    const outcome = outcomeOf(change.action, answer);
    if (outcome.is === 'later' && outcome.waits === 'this') {
      this.pause(change.id, outcome.afterMs);
      return null;
    }
    if (outcome.is === 'later' || outcome.is === 'token') {
      this.failures += 1;
      if (outcome.is === 'token' && this.failures >= ENOUGH_REFUSALS) {
        this.store.stand({ signedOut: true });
      }
      const afterMs = outcome.is === 'later' ? outcome.afterMs : null;
      const ms = Math.max(afterMs ?? 0, backOff(this.failures, this.ports.random()));
      return { ms, isAsked: afterMs !== null };
    }
    this.failures = 0;
    this.paused.delete(change.id);
    const conclusion = (state: State) => {
      const fresh = state.queue.find(({ id }) => id === change.id);
      // Another tab wrote something else into it, which was not sent yet.
      return fresh !== undefined && fresh.revision > change.revision ? {} : settle(state, change.id, outcome, epoch);
    };
    await this.store.update(conclusion).catch(async (error: unknown) => {
      if (!(error instanceof StorageFull)) {
        throw error;
      }
      await this.concludeWithoutRoom(conclusion);
    });
    return null;
  }

  /** What is over makes room; what came of it is shown, and kept once there is some. */
  private async concludeWithoutRoom(conclusion: (state: State) => Delta): Promise<void> {
    await this.store.learn((state) => ({ held: conclusion(state).held ?? [] }));
    await this.store.update((state) => ({ ...conclusion(state), held: [] }));
  }

  /** Nothing is sent before it is known what there is. */
  private ready(): Change | null {
    const { queue, confirmed } = this.store.state;
    const now = this.ports.now();
    const paused = [...this.paused].filter(([, { until }]) => until > now).map(([id]) => id);
    return confirmed.streams.tasks === null ? null : next(queue, new Set(paused));
  }

  private pause(id: string, afterMs: number | null): void {
    const failures = (this.paused.get(id)?.failures ?? 0) + 1;
    const wait = Math.max(afterMs ?? 0, backOff(failures, this.ports.random()));
    this.paused.set(id, { until: this.ports.now() + wait, failures });
  }

  private nextLook(): number | null {
    const now = this.ports.now();
    const waits = [...this.paused.values()].map(({ until }) => until - now).filter((wait) => wait > 0);
    return waits.length === 0 ? null : Math.min(...waits);
  }
}

/** The same for the same change, and another one once anything of it is different. */
function keyOf({ id, revision }: Change): string {
  return `${id}.${revision}`;
}

/** An answer that cannot be read says nothing. */
function answerOf({ status, statusText, headers, text }: Called): Answer {
  if (status < 200 || status > 299) {
    return { is: 'problem', problem: problemOf({ status, statusText }, text), retryAfterMs: retryAfterMs(headers) };
  }
  const body: unknown = text === '' ? null : JSON.parse(text);
  const version = /^"(\d+)"$/.exec(headers.get('ETag') ?? '')?.[1];
  const position = headers.get('Taskwire-Position');
  return {
    is: 'body',
    body: isFields(body) ? body : null,
    version: version === undefined ? null : Number(version),
    position: position === null ? null : Number(position),
  };
}
