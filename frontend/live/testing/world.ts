// Two tabs of one browser, their database and the model server, one step at a time: for property tests. Every message,
// request and answer waits until a step delivers it, so any order of them can be played.
import type { Action, Change } from '../change';
import { takeEvent, takePages } from '../confirmed';
import type { Page, StreamEvent } from '../confirmed';
import type { Fields } from '../entity';
import { isNewer } from '../entity';
import { outcomeOf } from '../outcome';
import type { Answer } from '../outcome';
import { show } from '../overlay';
import type { Shown } from '../overlay';
import { add, next, withNames } from '../queue';
import { resolved } from '../rebase';
import type { ApiRequest } from '../request';
import { prepare, settle } from '../sending';
import { EMPTY, apply } from '../state';
import type { Delta, State } from '../state';
import { ModelServer } from './server';

interface Tab {
  memory: State;
  shown: Shown;
  /** Deltas that other tabs told of, not yet taken. */
  inbox: Delta[];
  /** The newest version that was ever shown of each thing. */
  newest: Map<string, { epoch: number; version: number }>;
}

interface InFlight {
  readonly change: Change;
  readonly request: ApiRequest;
  readonly epoch: number;
  answer: Answer | null;
}

export class World {
  readonly server = new ModelServer();
  readonly tabs: readonly [Tab, Tab] = [newTab(), newTab()];
  /** What was typed and has to arrive, by its text. */
  readonly typed = new Set<string>();
  readonly givenUp = new Set<string>();
  readonly completed = new Set<string>();
  readonly refusals: Change[] = [];
  wasRestored = false;
  wereKeysForgotten = false;
  /** What happened to what was meant to, for the figures. */
  readonly seen = { conflicts: 0, refusals: 0, rebased: 0, gaps: 0, resyncs: 0, renamed: 0, replayed: 0 };
  private disk: State = EMPTY;
  private leader: 0 | 1 = 0;
  private flight: InFlight | null = null;
  private socket: StreamEvent[] = [];
  private heard = 0;
  private syncing: { pages: Page[]; next: Parameters<ModelServer['page']>[0] } | null = null;
  private made = 0;
  private readonly saw = new Map<string, ReadonlySet<string>>();
  private readonly effects = new Map<string, number>();

  /** Keeps a change durably, then shows it: what every tab does. */
  type(at: 0 | 1, target: string, action: Action): void {
    const tab = this.tabs[at];
    const id = this.name('change');
    this.commit(tab, (state) => {
      const change = add(state.queue, withNames(state.aliases, { id, target, action, at: 0 }));
      this.forgetMergedAway(state.queue, change);
      return { changes: [change] };
    });
    if (action.do === 'complete') {
      this.completed.add(target);
    }
  }

  text(): string {
    const text = this.name('text');
    this.typed.add(text);
    return text;
  }

  name(of: string): string {
    this.made += 1;
    return `${of}-${this.made}`;
  }

  /** Says what the person saw in a field when they typed a text over it. */
  overSeen(text: string, saw: unknown): void {
    const known = String(saw);
    this.saw.set(text, new Set([known, ...(this.saw.get(known) ?? []), ...(this.saw.get(text) ?? [])]));
  }

  /** The leader sends what is next, also while the server fails on the first one; it waits for `serve`. */
  send(isFirstPaused = false): boolean {
    const { queue } = this.tab.memory;
    const change = next(queue, new Set(isFirstPaused ? queue.slice(0, 1).map(({ id }) => id) : []));
    if (this.flight !== null || change === null) {
      return false;
    }
    const key = this.name('key');
    const epoch = this.tab.memory.confirmed.streams.tasks?.epoch ?? 0;
    const requests: ApiRequest[] = [];
    this.commit(this.tab, (state) => {
      const { delta, request } = prepare(state, change.id, key);
      requests.push(...(request === null ? [] : [request]));
      return delta;
    });
    this.flight = requests.map((request) => ({ change, request, epoch, answer: null }))[0] ?? null;
    return true;
  }

  serve(): void {
    const { flight } = this;
    if (flight?.answer === null) {
      const { action, target } = flight.change;
      const before =
        action.kind === 'task' || action.kind === 'tag' ? this.server.alive(action.kind).get(target) : undefined;
      const position = this.server.position;
      flight.answer = this.server.serve(flight.request);
      if (this.server.position > position) {
        this.judge(flight, before);
      } else if (flight.answer.is === 'body') {
        this.seen.replayed += 1;
      }
    }
  }

  /** The answer comes, if it was served, or the connection dies and nobody knows. */
  answer(isLost: boolean): void {
    const { flight } = this;
    this.flight = null;
    if (flight !== null) {
      const answer: Answer = isLost || flight.answer === null ? { is: 'lost' } : flight.answer;
      const outcome = outcomeOf(flight.change.action, answer);
      this.seen.rebased += outcome.is === 'changed' ? 1 : 0;
      this.seen.renamed += outcome.is === 'exists' ? 1 : 0;
      this.commit(this.tab, (state) => settle(state, flight.change.id, outcome, flight.epoch));
    }
  }

  /** The socket hears what happened since it was last asked. */
  hear(): void {
    this.heard = Math.min(this.heard, this.server.events.length);
    this.socket.push(...this.server.events.slice(this.heard));
    this.heard = this.server.events.length;
  }

  /** An event arrives; twice, out of turn, or never. */
  deliver(how: 'once' | 'twice' | 'late' | 'lost'): void {
    const event = this.socket.shift();
    if (event === undefined || how === 'lost') {
      return;
    }
    if (how === 'late') {
      this.socket.splice(2, 0, event);
      return;
    }
    this.take(event);
    if (how === 'twice') {
      this.take(event);
    }
  }

  /** One page of a catch-up; what it brings is taken with the last one. */
  sync(limit: number): void {
    const at = this.tab.memory.confirmed.streams.tasks;
    const from = at && { epoch: at.epoch, after: at.position, started: at.position };
    const { pages, next: cursor } = this.syncing ?? { pages: [], next: from };
    const { page, next } = this.server.page(cursor, limit);
    this.syncing = next === null ? null : { pages: [...pages, page], next };
    this.seen.resyncs += page.isFull ? 1 : 0;
    if (next === null) {
      this.commit(this.tab, ({ confirmed }) => takePages(confirmed, 'tasks', [...pages, page]));
    }
  }

  /** A tab takes a message of another one. */
  receive(at: 0 | 1): void {
    const tab = this.tabs[at];
    const delta = tab.inbox.shift();
    if (delta !== undefined) {
      this.put(tab, apply(tab.memory, delta));
    }
  }

  /** The leading tab is gone with all that was only in its memory; the other one leads, and it is opened again. */
  crash(): void {
    const gone = this.tab;
    gone.memory = EMPTY;
    gone.inbox = [];
    this.reload(gone);
    this.leader = this.leader === 0 ? 1 : 0;
    this.reload(this.tab);
    this.flight = null;
    this.syncing = null;
    this.socket = [];
  }

  resolve(choice: 'mine' | 'theirs'): boolean {
    const change = this.tab.memory.queue.find(({ standing }) => standing.is === 'conflict');
    if (change?.standing.is !== 'conflict') {
      return false;
    }
    this.seen.conflicts += 1;
    change.standing.clashes.forEach(({ mine, theirs }) => this.overSeen(String(mine), theirs));
    if (choice === 'theirs') {
      change.standing.clashes.forEach((clash) => this.givenUp.add(String(clash.mine)));
    }
    this.commit(this.tab, () => {
      const left = resolved(change, choice);
      return left === null ? { over: [change.id] } : { changes: [left] };
    });
    return true;
  }

  dismiss(): boolean {
    const change = this.tab.memory.queue.find(({ standing }) => standing.is === 'refused');
    if (change === undefined) {
      return false;
    }
    this.seen.refusals += 1;
    this.refusals.push(change);
    this.commit(this.tab, () => ({ over: [change.id] }));
    return true;
  }

  /** Everything is delivered, and what the person is asked is answered. */
  settle(choice: 'mine' | 'theirs'): void {
    this.serve();
    this.answer(false);
    for (let round = 0; round < 500; round += 1) {
      this.receiveAll();
      this.syncing = null;
      this.sync(1000);
      const isBusy = this.send();
      this.serve();
      this.answer(false);
      const isAsked = this.resolve(choice) || this.dismiss();
      if (!isBusy && !isAsked) {
        this.receiveAll();
        return;
      }
    }
    throw new Error(`it does not come to an end: ${JSON.stringify(this.tab.memory.queue)}`);
  }

  private receiveAll(): void {
    this.tabs.forEach((tab, at) => {
      for (let left = tab.inbox.length; left > 0; left -= 1) {
        this.receive(at === 0 ? 0 : 1);
      }
    });
  }

  get tab(): Tab {
    return this.tabs[this.leader];
  }

  private take(event: StreamEvent): void {
    if (this.syncing !== null) {
      return; // What comes during a catch-up is held back, and would be a gap or known after it.
    }
    const taken = takeEvent(this.tab.memory.confirmed, event);
    if (taken === 'gap') {
      this.seen.gaps += 1;
      this.sync(3);
    } else {
      this.commit(this.tab, () => taken);
    }
  }

  private commit(tab: Tab, make: (state: State) => Delta): void {
    const delta = make({ ...tab.memory, queue: this.disk.queue, aliases: this.disk.aliases });
    this.disk = { ...apply(this.disk, delta), over: new Set() };
    this.put(tab, apply(tab.memory, delta));
    this.tabs.filter((other) => other !== tab).forEach((other) => other.inbox.push(delta));
  }

  private reload(tab: Tab): void {
    this.put(tab, { ...this.disk, over: tab.memory.over });
  }

  private put(tab: Tab, memory: State): void {
    tab.memory = memory;
    tab.shown = show(memory, tab.shown);
    for (const held of [...memory.confirmed.held.task.values(), ...memory.confirmed.held.tag.values()]) {
      const newest = tab.newest.get(held.id);
      if (newest !== undefined && isNewer(newest, held)) {
        throw new Error(`version ${held.version} of ${held.id} is shown over ${newest.version}`);
      }
      tab.newest.set(held.id, held);
    }
  }

  /** Nothing is carried out twice, and nothing is written over what the person has not seen or typed later. */
  private judge({ change, request }: InFlight, before: Fields | undefined): void {
    const times = (this.effects.get(change.id) ?? 0) + 1;
    this.effects.set(change.id, times);
    if (times > 1 && !this.wasRestored && !this.wereKeysForgotten) {
      throw new Error(`${change.action.do} of ${change.target} was carried out ${times} times`);
    }
    if (request.method !== 'PATCH' || before === undefined) {
      return;
    }
    for (const [name, value] of Object.entries(request.body ?? {})) {
      const [text, over] = [String(value), String(before[name])];
      if (over.startsWith('other-') && text.startsWith('text-') && !this.saw.get(text)?.has(over)) {
        throw new Error(`${text} was written over ${over}, which nobody saw`);
      }
      if (over.startsWith('text-') && text.startsWith('text-') && Number(over.slice(5)) > Number(text.slice(5))) {
        throw new Error(`${text} was written over ${over}, which was typed later`);
      }
    }
  }

  /** What was typed over before it was sent need not arrive. */
  private forgetMergedAway(queue: readonly Change[], after: Change): void {
    const before = queue.find((change) => change.id === after.id);
    if (before?.action.do === 'edit' && after.action.do === 'edit') {
      const [was, is] = [before.action.patch, after.action.patch];
      const over = Object.keys(was).filter((name) => was[name] !== is[name]);
      over.forEach((name) => {
        this.typed.delete(String(was[name]));
        // The person, in whichever tab, saw what they wrote over before.
        this.overSeen(String(is[name]), was[name]);
      });
    }
  }
}

function newTab(): Tab {
  return { memory: EMPTY, shown: show(EMPTY, null), inbox: [], newest: new Map() };
}

/** What both sides are to agree on. */
export function plain(all: ReadonlyMap<string, object>): Record<string, Fields> {
  const without = Object.entries as (of: object) => [string, unknown][];
  const entries = [...all].map(([id, one]) => {
    const fields = without(one).filter(([name]) => name !== 'pending');
    return [id, Object.fromEntries(fields.sort(([a], [b]) => a.localeCompare(b)))] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
}
