'use client';

import { useMemo } from 'react';

import { bodyOf } from '@/api/client';
import { useApi } from '@/api/react';
import { useAddress } from '@/features/shell/address';
import { ListPage } from '@/features/tasks/list/ListPage';
import { found } from '@/features/tasks/views/lists';
import { placesOf, searchHere } from '@/features/tasks/views/search';
import { useLiveStatus, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { useAsked } from './asked';
import { Notice } from './Notice';

const PAUSE_MS = 120;
const MOST = 100;

/** What the server found; without it, what is found in this browser, and says so. */
export function SearchList() {
  const { words: sought } = useAddress();
  const api = useApi();
  const snapshot = useSnapshot();
  const isOffline = useLiveStatus().connection === 'offline';
  const asked = useAsked(
    sought === '' || isOffline ? null : sought,
    (signal) => bodyOf(api.tasks.GET('/v1/tasks', { params: { query: { q: sought, limit: MOST } }, signal })),
    PAUSE_MS,
  );
  const answer = asked.kind === 'answered' && !isOffline ? asked.answer : null;
  const ids = useMemo(
    () => answer?.items.map(({ id }) => id) ?? searchHere(snapshot, sought),
    [answer, snapshot, sought],
  );
  const list = useMemo(() => found(snapshot.tasks, ids), [snapshot.tasks, ids]);
  const marks = useMemo(() => {
    const hits = new Map(answer?.hits?.map(({ task_id, title }) => [task_id, title]));
    return new Map(
      ids.map((id) => [id, hits.get(id) ?? placesOf(snapshot.tasks.get(id)?.title ?? '', sought)] as const),
    );
  }, [answer, ids, snapshot.tasks, sought]);

  const { empty } = words.views;
  const isWaiting = answer === null && asked.kind === 'waiting' && !isOffline && sought !== '';
  return (
    <ListPage
      title={words.views.searchTitle(sought)}
      list={list}
      marks={marks}
      empty={sought === '' ? empty.searchStart : isWaiting ? { title: words.views.searching, text: '' } : empty.search}
      notice={<Notice text={noticeOf(sought, isOffline, asked.kind === 'failed')} />}
    />
  );
}

function noticeOf(sought: string, isOffline: boolean, isFailed: boolean): string | null {
  if (sought === '') return null;
  if (isOffline) return words.views.searchOffline;
  return isFailed ? words.views.searchFailed : null;
}
