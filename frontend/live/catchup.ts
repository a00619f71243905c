// Fetches what a stream missed.
import { problemOf, retryAfterMs } from '@/api/error';
import { ApiError } from '@/api/error';

import type { Call, Caller } from './call';
import { takePages } from './confirmed';
import type { Page } from './confirmed';
import { tokenOf } from './positions';
import type { At, Stream } from './positions';
import type { Store } from './store';
import { fetchedOf } from './wire';
import type { Fetched } from './wire';

const PATH = { tasks: '/v1/sync', notifications: '/v1/notifications' } as const;
const LIMIT = 200;

/**
 * Turns all pages. Who has nothing sees each page at once; else they are taken together, so that a screen never shows a
 * part of a state.
 */
export async function catchUp(store: Store, call: Caller, stream: Stream, signal: AbortSignal): Promise<void> {
  const known = store.state.confirmed.streams[stream];
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const fetched: Fetched = await fetchPage(call, stream, known, cursor, signal);
    cursor = fetched.next;
    pages.push(fetched.page);
    if (known === null || cursor === null) {
      const taken = pages.splice(0);
      await store.learn(({ confirmed }) => takePages(confirmed, stream, taken));
    }
  } while (cursor !== null);
}

async function fetchPage(
  call: Caller,
  stream: Stream,
  known: At | null,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Fetched> {
  const question = new URLSearchParams({ limit: String(LIMIT), ...startOf(stream, known, cursor) });
  const request: Call = { service: stream, method: 'GET', path: `${PATH[stream]}?${question.toString()}` };
  const { status, statusText, headers, text } = await call(request, signal);
  if (status !== 200) {
    throw new ApiError(problemOf({ status, statusText }, text), retryAfterMs(headers));
  }
  return fetchedOf(stream, JSON.parse(text));
}

function startOf(stream: Stream, known: At | null, cursor: string | null): Record<string, string> {
  if (cursor !== null) {
    return { cursor };
  }
  if (known !== null) {
    return { since: tokenOf(known) };
  }
  // The inbox without a position is the newest first, which is another list.
  return stream === 'tasks' ? {} : { since: '0' };
}
