// What the services say, checked where it comes in.
import * as z from 'zod/mini';

import type { Page, StreamEvent } from './confirmed';
import { KINDS, toldOf } from './entity';
import type { Fields, Told } from './entity';
import { STREAMS } from './positions';
import type { Stream } from './positions';

const stream = z.enum(STREAMS);
const count = z.int().check(z.nonnegative());

/** Fields that are not known here are kept: they are shown by who knows them. */
const one = z.looseObject({ id: z.string(), position: count });
const versioned = z.looseObject({ id: z.string(), position: count, version: count });

const bodies = {
  task: z.extend(versioned, { title: z.string(), status: z.string(), tags: z.array(z.string()) }),
  project: z.extend(versioned, { name: z.string() }),
  tag: z.extend(versioned, { name: z.string() }),
  filter: z.extend(versioned, { name: z.string(), filter: z.string() }),
  series: z.extend(versioned, { rrule: z.string() }),
  settings: z.extend(versioned, { default_reminders: z.array(z.string()) }),
  notification: z.extend(one, { title: z.string(), fired_at: z.string() }),
};

const connected = z.object({
  type: z.literal('connected'),
  recovered: z.record(z.string(), z.boolean()),
  expires_at: z.iso.datetime({ offset: true }),
});

const refreshed = z.object({ type: z.literal('refreshed'), expires_at: z.iso.datetime({ offset: true }) });

const event = z.object({
  type: z.literal('event'),
  stream: z.string(),
  epoch: count,
  position: count,
  event: z.looseObject({ refresh_since: z.optional(count) }),
});

export type Frame =
  | { readonly is: 'connected'; readonly missed: readonly Stream[]; readonly expiresAt: number }
  | { readonly is: 'refreshed'; readonly expiresAt: number }
  | { readonly is: 'event'; readonly event: StreamEvent }
  /** Of a type or a stream that is not known here. */
  | { readonly is: 'unknown' };

/** Throws when it is not what docs/REALTIME.md says. */
export function frameOf(text: unknown): Frame {
  const message: unknown = JSON.parse(z.string().parse(text));
  switch (z.looseObject({ type: z.string() }).parse(message).type) {
    case 'connected': {
      const { recovered, expires_at } = connected.parse(message);
      const missed = STREAMS.filter((name) => recovered[name] !== true);
      return { is: 'connected', missed, expiresAt: Date.parse(expires_at) };
    }
    case 'refreshed':
      return { is: 'refreshed', expiresAt: Date.parse(refreshed.parse(message).expires_at) };
    case 'event':
      return eventOf(message);
    default:
      return { is: 'unknown' };
  }
}

function eventOf(message: unknown): Frame {
  const { epoch, position, ...parsed } = event.parse(message);
  const name = stream.safeParse(parsed.stream);
  if (!name.success) {
    return { is: 'unknown' };
  }
  const isRefresh = parsed.event.refresh_since !== undefined;
  const told = toldIn(parsed.event);
  return { is: 'event', event: { stream: name.data, at: { epoch, position }, isRefresh, told } };
}

/** What an event or an item carries under the name of its kind; null for a kind that is not known here. */
function toldIn(carrier: Fields): Told | null {
  const kind = KINDS.find((name) => carrier[name] !== undefined && carrier[name] !== null);
  return kind === undefined ? null : toldOf(kind, bodies[kind].parse(carrier[kind]));
}

const pageOf = {
  epoch: count,
  position: count,
  full_resync: z.boolean(),
  next_cursor: z.nullish(z.string()),
};

const syncPage = z.object({
  ...pageOf,
  items: z.array(
    z.looseObject({ type: z.string(), id: z.string(), position: count, version: count, deleted: z.boolean() }),
  ),
});

const inboxPage = z.object({ ...pageOf, items: z.array(bodies.notification) });

export interface Fetched {
  readonly page: Page;
  readonly next: string | null;
}

export function fetchedOf(name: Stream, body: unknown): Fetched {
  const { epoch, position, full_resync, next_cursor, items } = name === 'tasks' ? syncOf(body) : inboxOf(body);
  return { page: { at: { epoch, position }, isFull: full_resync, items }, next: next_cursor ?? null };
}

function syncOf(body: unknown) {
  const page = syncPage.parse(body);
  return { ...page, items: page.items.flatMap((item) => toldIn(item) ?? tombstoneOf(item) ?? []) };
}

function tombstoneOf({ type, ...item }: z.infer<typeof syncPage>['items'][number]): Told | null {
  const kind = KINDS.find((name) => name === type);
  return kind === undefined || !item.deleted ? null : { ...toldOf(kind, item), deleted: true, body: null };
}

function inboxOf(body: unknown) {
  const page = inboxPage.parse(body);
  return { ...page, items: page.items.map((item) => toldOf('notification', item)) };
}
