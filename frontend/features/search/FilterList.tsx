'use client';

import { useMemo } from 'react';

import type { Api } from '@/api/client';
import { bodyOf } from '@/api/client';
import { ApiError } from '@/api/error';
import { useApi } from '@/api/react';
import { NotFound } from '@/features/shell/NotFound';
import { ListPage } from '@/features/tasks/list/ListPage';
import { found } from '@/features/tasks/views/lists';
import { useLive, useLiveStatus, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import type { Asked } from './asked';
import { lastOf, useAsked } from './asked';
import { Notice } from './Notice';

/** The list is asked for anew when tasks have stood still for this long. */
const PAUSE_MS = 300;
const PAGE = 200;
const MOST = 10_000;

/** The server says which tasks a saved filter holds true of; they are shown as this browser has them. */
export function FilterList({ id: asked }: { id: string }) {
  const api = useApi();
  const id = useLive().idOf(asked);
  const { filters, tasks } = useSnapshot();
  const { connection, waiting } = useLiveStatus();
  const filter = filters.get(id);
  const isOffline = connection === 'offline';
  const newest = useMemo(() => newestOf(tasks.values()), [tasks]);
  const listed = useAsked(
    filter === undefined || isOffline || waiting > 0 ? null : `${id} ${filter.version} ${newest}`,
    (signal) => idsOf(api, id, signal),
    PAUSE_MS,
  );
  const ids = lastOf(listed);
  const list = useMemo(() => found(tasks, ids ?? []), [tasks, ids]);
  if (filter === undefined) return <NotFound />;
  const nothing = { title: isOffline ? words.views.filterOffline : words.views.searching, text: '' };
  return (
    <ListPage
      title={filter.name}
      note={filter.filter}
      list={list}
      empty={ids === null ? nothing : words.views.empty.filter}
      notice={<Notice text={noticeOf(listed, isOffline)} />}
    />
  );
}

async function idsOf(api: Api, id: string, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { filter_id: id, limit: PAGE, ...(cursor == null ? {} : { cursor }) };
    const page = await bodyOf(api.tasks.GET('/v1/tasks', { params: { query }, signal }));
    ids.push(...page.items.map((task) => task.id));
    cursor = page.next_cursor;
  } while (cursor != null && ids.length < MOST);
  return ids;
}

function newestOf(tasks: Iterable<{ readonly position: number }>): number {
  let newest = 0;
  for (const { position } of tasks) newest = Math.max(newest, position);
  return newest;
}

function noticeOf(asked: Asked<string[]>, isOffline: boolean): string | null {
  if (isOffline) return lastOf(asked) === null ? null : words.views.filterStale;
  if (asked.kind !== 'failed') return null;
  // A name in the filter may be gone: the server says which.
  return asked.error instanceof ApiError ? asked.error.message : words.views.filterFailed;
}
