// What the services say, checked where it comes in.
import { anything, count, flag, instant, list, object, optional, text } from './check';
import type { Page, StreamEvent } from './confirmed';
import { KINDS, toldOf } from './entity';
import type { Fields, Told } from './entity';
import { STREAMS } from './positions';
import type { Stream } from './positions';

const one = { id: text, position: count };
const versioned = { ...one, version: count };

const bodies = {
  task: object({ ...versioned, title: text, status: text, tags: list(text) }),
  project: object({ ...versioned, name: text }),
  tag: object({ ...versioned, name: text }),
  filter: object({ ...versioned, name: text, filter: text }),
  series: object({ ...versioned, rrule: text }),
  settings: object({ ...versioned, default_reminders: list(text) }),
  notification: object({ ...one, title: text, fired_at: text }),
};

const connected = object({ recovered: anything, expires_at: instant });
const refreshed = object({ expires_at: instant });
const event = object({
  stream: text,
  epoch: count,
  position: count,
  event: object({ refresh_since: optional(count) }),
});

export type Frame =
  | { readonly is: 'connected'; readonly missed: readonly Stream[]; readonly expiresAt: number }
  | { readonly is: 'refreshed'; readonly expiresAt: number }
  | { readonly is: 'event'; readonly event: StreamEvent }
  /** Of a type or a stream that is not known here. */
  | { readonly is: 'unknown' };

/** Throws when it is not what docs/REALTIME.md says. */
export function frameOf(data: unknown): Frame {
  const message = object({ type: text })(JSON.parse(text(data)));
  switch (message.type) {
    case 'connected': {
      const { recovered, expires_at } = connected(message);
      const missed = STREAMS.filter((name) => recovered[name] !== true);
      return { is: 'connected', missed, expiresAt: Date.parse(expires_at) };
    }
    case 'refreshed':
      return { is: 'refreshed', expiresAt: Date.parse(refreshed(message).expires_at) };
    case 'event':
      return eventOf(message);
    default:
      return { is: 'unknown' };
  }
}

function eventOf(message: unknown): Frame {
  const { epoch, position, ...parsed } = event(message);
  const name = STREAMS.find((each) => each === parsed.stream);
  if (name === undefined) {
    return { is: 'unknown' };
  }
  const isRefresh = parsed.event.refresh_since !== undefined;
  const told = toldIn(parsed.event);
  return { is: 'event', event: { stream: name, at: { epoch, position }, isRefresh, told } };
}

/** What an event or an item carries under the name of its kind; null for a kind that is not known here. */
function toldIn(carrier: Fields): Told | null {
  const kind = KINDS.find((name) => carrier[name] !== undefined && carrier[name] !== null);
  return kind === undefined ? null : toldOf(kind, bodies[kind](carrier[kind]));
}

const pageOf = { epoch: count, position: count, full_resync: flag, next_cursor: optional(text) };

const syncItem = object({ type: text, ...versioned, deleted: flag });
const syncPage = object({ ...pageOf, items: list(syncItem) });
const inboxPage = object({ ...pageOf, items: list(bodies.notification) });

export interface Fetched {
  readonly page: Page;
  readonly next: string | null;
}

export function fetchedOf(name: Stream, body: unknown): Fetched {
  const { epoch, position, full_resync, next_cursor, items } = name === 'tasks' ? syncOf(body) : inboxOf(body);
  return { page: { at: { epoch, position }, isFull: full_resync, items }, next: next_cursor ?? null };
}

function syncOf(body: unknown) {
  const page = syncPage(body);
  return { ...page, items: page.items.flatMap((item) => toldIn(item) ?? tombstoneOf(item) ?? []) };
}

function tombstoneOf({ type, ...item }: ReturnType<typeof syncItem>): Told | null {
  const kind = KINDS.find((name) => name === type);
  return kind === undefined || !item.deleted ? null : { ...toldOf(kind, item), deleted: true, body: null };
}

function inboxOf(body: unknown) {
  const page = inboxPage(body);
  return { ...page, items: page.items.map((item) => toldOf('notification', item)) };
}
