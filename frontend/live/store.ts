// One tab's view of what is kept: written first, shown after that, told to the other tabs. Everything goes through one
// line, so that each delta is made of what the one before it left.
import type { Database } from './db';
import { StorageFull } from './live';
import type { Conflict, LiveStatus, Refused, Snapshot } from './live';
import { nameOf, typedIn } from './change';
import type { Change } from './change';
import { same } from './entity';
import { show } from './overlay';
import type { Shown } from './overlay';
import type { Channel } from './ports';
import { waiting } from './queue';
import { EMPTY, apply, both, isNothing } from './state';
import type { Delta, State } from './state';

/** What only the tab that leads knows. */
export interface Standing {
  readonly connection: LiveStatus['connection'];
  readonly signedOut: boolean;
}

/** What tabs tell each other. */
export type Message =
  | { readonly is: 'delta'; readonly delta: Delta }
  | { readonly is: 'standing'; readonly standing: Standing }
  /** A tab that was opened asks the one that leads how things stand. */
  | { readonly is: 'ask' }
  | { readonly is: 'wiped' };

const NOT_YET: Snapshot = { ...show(EMPTY, null).snapshot, loaded: false };

export class Store {
  state: State = EMPTY;
  private shown: Shown | null = null;
  private standing: Standing = { connection: 'offline', signedOut: false };
  private isFull = false;
  private told: LiveStatus | null = null;
  /** What the server said and there was no room for; it is written along with what comes next. */
  private unsaved: Delta = {};
  /** What other tabs told while the database was being read. */
  private heard: Delta[] | null = null;
  private line: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly db: Database,
    private readonly channel: Channel,
  ) {}

  /** Reads what is kept; again when others may have written unheard. */
  load(): Promise<void> {
    return this.inLine(async () => {
      this.heard = [];
      const kept = await this.db.load();
      const read = { ...apply(kept, this.unsaved), over: this.state.over };
      this.put(this.heard.reduce(apply, read));
      this.heard = null;
    });
  }

  /** Keeps what is made of the newest state, in one transaction, then shows it. Rejects with `StorageFull`. */
  update(make: (state: State) => Delta): Promise<void> {
    const ofKept = (kept: Pick<State, 'queue' | 'aliases'>) => make({ ...this.state, ...kept });
    return this.inLine(async () => this.take((await this.keepAll(ofKept)) ?? (await this.keep(ofKept))));
  }

  /** Shows what the server said, and keeps it as soon as there is room. */
  learn(make: (state: State) => Delta): Promise<void> {
    return this.inLine(async () => {
      const delta = make(this.state);
      if (isNothing(delta)) {
        return;
      }
      this.unsaved = both(this.unsaved, delta);
      try {
        await this.keep(() => this.unsaved);
        this.unsaved = {};
      } catch (error) {
        if (!(error instanceof StorageFull)) {
          throw error;
        }
      }
      this.take(delta);
    });
  }

  /** Takes what another tab kept. */
  hear(delta: Delta): void {
    this.heard?.push(delta);
    this.put(apply(this.state, delta));
  }

  stand(standing: Partial<Standing>): void {
    const after = { ...this.standing, ...standing };
    if (!same(after, this.standing)) {
      this.standing = after;
      this.tell();
    }
  }

  get stands(): Standing {
    return this.standing;
  }

  snapshot(): Snapshot {
    return this.shown?.snapshot ?? NOT_YET;
  }

  status(): LiveStatus {
    const now = statusOf(this.state, this.standing, this.isFull || !isNothing(this.unsaved));
    // React looks at which object it is.
    if (this.told === null || !same(now, this.told)) {
      this.told = now;
    }
    return this.told;
  }

  idOf(id: string): string {
    return this.state.aliases.get(id) ?? id;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Shows nothing any more. */
  empty(): void {
    this.state = EMPTY;
    this.shown = null;
    this.tell();
  }

  /** Once everything before it is done. */
  done(): Promise<unknown> {
    return this.inLine(() => Promise.resolve());
  }

  /** Along with what there was no room for; null if there still is none for that. */
  private async keepAll(make: Parameters<Database['update']>[0]): Promise<Delta | null> {
    try {
      const delta = await this.keep((kept) => both(this.unsaved, make(kept)));
      this.unsaved = {};
      return delta;
    } catch (error) {
      if (error instanceof StorageFull && !isNothing(this.unsaved)) {
        return null;
      }
      throw error;
    }
  }

  private async keep(make: Parameters<Database['update']>[0]): Promise<Delta> {
    try {
      const delta = await this.db.update(make);
      this.isFull = false;
      return delta;
    } catch (error) {
      if (error instanceof StorageFull) {
        this.isFull = true;
        this.tell();
      }
      throw error;
    }
  }

  private take(delta: Delta): void {
    if (isNothing(delta)) {
      this.tell();
      return;
    }
    this.put(apply(this.state, delta));
    this.channel.tell({ is: 'delta', delta } satisfies Message);
  }

  private put(state: State): void {
    this.state = state;
    this.shown = show(state, this.shown);
    this.tell();
  }

  private tell(): void {
    this.listeners.forEach((listener) => listener());
  }

  private inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.line.then(work);
    this.line = done.catch(() => {});
    return done;
  }
}

function statusOf({ queue }: State, standing: Standing, storageFull: boolean): LiveStatus {
  return {
    ...standing,
    storageFull,
    waiting: waiting(queue),
    conflicts: queue.flatMap(conflictsOf),
    refused: queue.flatMap(refusedOf),
  };
}

function conflictsOf({ id, target, action, standing }: Change): readonly Conflict[] {
  if (standing.is !== 'conflict' || action.do !== 'edit') {
    return [];
  }
  return standing.clashes.map((clash) => ({ changeId: id, kind: action.kind, taskId: target, ...clash }));
}

function refusedOf({ id, action, standing }: Change): readonly Refused[] {
  return standing.is === 'refused'
    ? [{ changeId: id, what: nameOf(action), typed: typedIn(action), problem: standing.problem }]
    : [];
}
