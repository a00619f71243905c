'use client';

// The lists that need no server.
import { useMemo } from 'react';

import { useAddress } from '@/features/shell/address';
import { useClock } from '@/features/shell/clock';
import { NotFound } from '@/features/shell/NotFound';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { all, ofProject, ofTag, today, upcoming } from '../views/lists';
import { ListPage } from './ListPage';

export function TodayList() {
  const { tasks } = useSnapshot();
  const clock = useClock();
  const list = useMemo(() => today(tasks, clock), [tasks, clock]);
  return <ListPage title={words.shell.today} list={list} empty={words.views.empty.today} />;
}

export function UpcomingList() {
  const { tasks } = useSnapshot();
  const clock = useClock();
  const list = useMemo(() => upcoming(tasks, clock), [tasks, clock]);
  return <ListPage title={words.shell.upcoming} list={list} empty={words.views.empty.upcoming} />;
}

export function AllList() {
  const { tasks } = useSnapshot();
  const { withDone } = useAddress();
  const list = useMemo(() => all(tasks, withDone), [tasks, withDone]);
  return <ListPage title={words.shell.all} list={list} empty={words.views.empty.all} />;
}

export function InboxList() {
  const { tasks } = useSnapshot();
  const { withDone } = useAddress();
  const list = useMemo(() => ofProject(tasks, null, withDone), [tasks, withDone]);
  return <ListPage title={words.shell.inbox} list={list} empty={words.views.empty.inbox} />;
}

export function ProjectList({ id: asked }: { id: string }) {
  const { tasks, projects } = useSnapshot();
  // One that was made here gets its id from the server.
  const id = useLive().idOf(asked);
  const { withDone } = useAddress();
  const list = useMemo(() => ofProject(tasks, id, withDone), [tasks, id, withDone]);
  const project = projects.get(id);
  if (project === undefined) return <NotFound />;
  return <ListPage title={project.name} list={list} empty={words.views.empty.project} />;
}

export function TagList({ id: asked }: { id: string }) {
  const { tasks, tags } = useSnapshot();
  const id = useLive().idOf(asked);
  const { withDone } = useAddress();
  const list = useMemo(() => ofTag(tasks, id, withDone), [tasks, id, withDone]);
  const tag = tags.get(id);
  if (tag === undefined) return <NotFound />;
  return <ListPage title={tag.name} list={list} empty={words.views.empty.tag} />;
}
