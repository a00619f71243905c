// What the server said: events of the socket, pages that were fetched, and answers to changes, as deltas.
import { STREAM_OF, heldOf, isNewer } from './entity';
import type { Held, Told } from './entity';
import { compare, stepTo } from './positions';
import type { At, Stream } from './positions';
import { get } from './state';
import type { Confirmed, Delta } from './state';

/** One event of the socket. */
export interface StreamEvent {
  readonly stream: Stream;
  readonly at: At;
  /** It stands for many changes, which are to be fetched. */
  readonly isRefresh: boolean;
  /** Null for a kind that is not known here: only its position counts. */
  readonly told: Told | null;
}

/** One page that was fetched. */
export interface Page {
  readonly at: At;
  /** What is held was worth nothing: everything follows, from this page on. */
  readonly isFull: boolean;
  readonly items: readonly Told[];
}

/** What comes of an event; a `gap` is closed by fetching. */
export type Taken = Delta | 'gap';

export function takeEvent(
  confirmed: Confirmed,
  event: StreamEvent,
  before: ReadonlyMap<string, Held> = new Map(),
): Taken {
  const step = stepTo(confirmed.streams[event.stream], event.at);
  if (step === 'known') {
    return {};
  }
  if (step === 'gap' || event.isRefresh) {
    return 'gap';
  }
  const held = event.told === null ? [] : newer(confirmed, event.told, event.at.epoch, before.get(nameOf(event.told)));
  return { held, streams: { [event.stream]: event.at } };
}

/** Events that follow each other, up to the first one that is a gap; `taken` says how many are not. */
export function takeEvents(
  confirmed: Confirmed,
  events: readonly StreamEvent[],
): { readonly delta: Delta; readonly taken: number } {
  let { streams } = confirmed;
  // What an event told is known to those after it.
  const told = new Map<string, Held>();
  for (const [taken, event] of events.entries()) {
    const step = takeEvent({ ...confirmed, streams }, event, told);
    if (step === 'gap') {
      return { delta: { held: [...told.values()], streams }, taken };
    }
    step.held?.forEach((held) => told.set(nameOf(held), held));
    streams = { ...streams, ...step.streams };
  }
  return { delta: { held: [...told.values()], streams }, taken: events.length };
}

/** Pages that follow each other, the first of which was asked for with the position that is held. */
export function takePages(confirmed: Confirmed, stream: Stream, pages: readonly Page[]): Delta {
  const last = pages.at(-1);
  if (last === undefined) {
    return {};
  }
  const known = confirmed.streams[stream];
  // To those who have nothing, everything is new.
  const from = pages.findLastIndex((page, at) => page.isFull || (known === null && at === 0));
  // A thing that changes meanwhile comes once more, in a later page.
  const told = pages.slice(Math.max(from, 0)).flatMap((page) => page.items);
  const items = new Map(told.map((item) => [nameOf(item), item]));
  if (from < 0) {
    if (known !== null && compare(last.at, known) < 0) {
      return {};
    }
    const held = [...items.values()].flatMap((item) => newer(confirmed, item, last.at.epoch));
    return { held, streams: { [stream]: last.at } };
  }
  const alive = [...items.values()].filter((item) => !item.deleted);
  const left = alive.map((item) => heldOf(item, last.at.epoch, undefined));
  return { emptied: [stream], held: [...left, ...ahead(confirmed, stream, last.at)], streams: { [stream]: last.at } };
}

/**
 * What an answer to a request told, which was sent when `epoch` was the newest known. What the stream has passed already
 * is left alone: it told as much or more.
 */
export function takeAnswer(confirmed: Confirmed, told: Told, epoch: number): readonly Held[] {
  const at = { epoch, position: told.position };
  const known = confirmed.streams[STREAM_OF[told.kind]];
  return known !== null && compare(at, known) <= 0 ? [] : newer(confirmed, told, epoch);
}

/** What answers told of the time after `at`, which stays although everything before is told anew. */
function ahead(confirmed: Confirmed, stream: Stream, at: At): readonly Held[] {
  const maps = Object.values(confirmed.held) as readonly ReadonlyMap<string, Held>[];
  return maps.flatMap((map) =>
    [...map.values()].filter(
      (held) => STREAM_OF[held.kind] === stream && held.epoch === at.epoch && compare(held, at) > 0,
    ),
  );
}

function newer(confirmed: Confirmed, told: Told, epoch: number, before?: Held): readonly Held[] {
  const known = before ?? get(confirmed, told.kind, told.id);
  const isNews = known === undefined ? !told.deleted : isNewer({ epoch, version: told.version }, known);
  return isNews ? [heldOf(told, epoch, known)] : [];
}

function nameOf({ kind, id }: { kind: string; id: string }): string {
  return `${kind}/${id}`;
}
