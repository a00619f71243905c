// Everything that one user has in this browser, and how it changes: by deltas, which are written in one transaction, shown
// after that, and told to the other tabs. A delta that is applied twice, or after a later one, changes nothing.
import type { Change } from './change';
import { KINDS, STREAM_OF, isNewer } from './entity';
import type { Held, HeldOf, Kind } from './entity';
import { NOWHERE, STREAMS, compare } from './positions';
import type { Stream, Streams } from './positions';

export type ByKind = { readonly [K in Kind]: ReadonlyMap<string, HeldOf<K>> };

/** What the server said. */
export interface Confirmed {
  readonly streams: Streams;
  readonly held: ByKind;
}

export interface State {
  readonly confirmed: Confirmed;
  /** Changes that are kept, in their order. */
  readonly queue: readonly Change[];
  /** Ids that the server gave in place of those that were made here, by the latter. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Changes that are over, so that a late message does not bring one back. */
  readonly over: ReadonlySet<string>;
}

export interface Delta {
  /** Everything of these is forgotten first. */
  readonly emptied?: readonly Stream[];
  readonly held?: readonly Held[];
  readonly streams?: Partial<Streams>;
  readonly changes?: readonly Change[];
  /** The ids of changes that are over. */
  readonly over?: readonly string[];
  readonly aliases?: readonly (readonly [string, string])[];
}

export const NO_HELD: ByKind = {
  task: new Map(),
  project: new Map(),
  tag: new Map(),
  filter: new Map(),
  series: new Map(),
  settings: new Map(),
  notification: new Map(),
};

export const EMPTY: State = {
  confirmed: { streams: NOWHERE, held: NO_HELD },
  queue: [],
  aliases: new Map(),
  over: new Set(),
};

export function apply(state: State, told: Delta): State {
  const delta = { ...told, ...withoutStale(state.confirmed.streams, told) };
  return {
    confirmed: { streams: streamsAfter(state.confirmed.streams, delta), held: heldAfter(state.confirmed, delta) },
    queue: queueAfter(state, delta),
    aliases: delta.aliases === undefined ? state.aliases : new Map([...state.aliases, ...delta.aliases]),
    over: delta.over === undefined ? state.over : new Set([...state.over, ...delta.over]),
  };
}

/** Two deltas as one, the second being later. */
export function both(first: Delta, second: Delta): Delta {
  const left = (first.held ?? []).filter((held) => !(second.emptied ?? []).includes(STREAM_OF[held.kind]));
  return {
    emptied: [...new Set([...(first.emptied ?? []), ...(second.emptied ?? [])])],
    held: [...left, ...(second.held ?? [])],
    streams: { ...first.streams, ...second.streams },
    changes: [...(first.changes ?? []), ...(second.changes ?? [])],
    over: [...(first.over ?? []), ...(second.over ?? [])],
    aliases: [...(first.aliases ?? []), ...(second.aliases ?? [])],
  };
}

export function isNothing(delta: Delta): boolean {
  return Object.values(delta).every((part: readonly unknown[] | object | undefined) =>
    part === undefined ? true : Array.isArray(part) ? part.length === 0 : Object.keys(part).length === 0,
  );
}

export function get<K extends Kind>(confirmed: Confirmed, kind: K, id: string): HeldOf<K> | undefined {
  return confirmed.held[kind].get(id);
}

/** A message of another tab may come late: what is held by now is further than what it empties a stream for. */
function withoutStale(known: Streams, { emptied = [], held = [], streams = {} }: Delta): Delta {
  const stale = emptied.filter((stream) => {
    const [now, then] = [streams[stream], known[stream]];
    return now !== undefined && now !== null && then !== null && compare(now, then) <= 0;
  });
  return stale.length === 0
    ? {}
    : {
        emptied: emptied.filter((stream) => !stale.includes(stream)),
        held: held.filter(({ kind }) => !stale.includes(STREAM_OF[kind])),
      };
}

function streamsAfter(before: Streams, delta: Delta): Streams {
  if (delta.streams === undefined) {
    return before;
  }
  const moved = STREAMS.filter((stream) => {
    const [now, then] = [delta.streams?.[stream], before[stream]];
    return now !== undefined && now !== null && (then === null || compare(now, then) > 0);
  });
  return { ...before, ...Object.fromEntries(moved.map((stream) => [stream, delta.streams?.[stream]])) };
}

function heldAfter({ held: before, streams }: Confirmed, delta: Delta): ByKind {
  const emptied = KINDS.filter((kind) => delta.emptied?.includes(STREAM_OF[kind]) ?? false);
  if (emptied.length === 0 && (delta.held ?? []).length === 0) {
    return before;
  }
  const after: Record<Kind, ReadonlyMap<string, Held>> = { ...before };
  for (const kind of emptied) {
    after[kind] = new Map();
  }
  const copied = new Map<Kind, Map<string, Held>>();
  for (const held of delta.held ?? []) {
    const map = copied.get(held.kind) ?? new Map(after[held.kind]);
    const known = map.get(held.id);
    const at = emptied.includes(held.kind) ? null : streams[STREAM_OF[held.kind]];
    // What is not held although the stream was there is gone: a late message does not bring it back.
    const isNews = known === undefined ? at === null || compare(held, at) > 0 : isNewer(held, known);
    if (isNews) {
      map.set(held.id, held);
      copied.set(held.kind, map);
    }
  }
  for (const [kind, map] of copied) {
    after[kind] = map;
  }
  return after as ByKind; // Each map got only what is of its kind.
}

function queueAfter(state: State, delta: Delta): readonly Change[] {
  if ((delta.changes ?? []).length === 0 && (delta.over ?? []).length === 0) {
    return state.queue;
  }
  const changes = new Map(state.queue.map((change) => [change.id, change]));
  for (const change of delta.changes ?? []) {
    const known = changes.get(change.id);
    if (!state.over.has(change.id) && (known === undefined || change.revision > known.revision)) {
      changes.set(change.id, change);
    }
  }
  for (const id of delta.over ?? []) {
    changes.delete(id);
  }
  return [...changes.values()].sort((a, b) => a.order - b.order);
}
