'use client';

import dynamic from 'next/dynamic';

import { AllList, InboxList, ProjectList, TagList, TodayList, UpcomingList } from '@/features/tasks/list/Lists';
import { useSnapshot } from '@/live/react';

import { useAddress } from './address';
import { Opening } from './Opening';
import { NotFound } from './NotFound';

const FilterList = dynamic(() => import('@/features/search/FilterList').then((module) => module.FilterList));
const SearchList = dynamic(() => import('@/features/search/SearchList').then((module) => module.SearchList));
const Inbox = dynamic(() => import('@/features/notifications/Inbox').then((module) => module.Inbox));

/** The list of the address. */
export function Screen() {
  const { route } = useAddress();
  const { loaded } = useSnapshot();
  if (!loaded) return <Opening failed={false} />;
  switch (route?.view) {
    case undefined:
      return <NotFound />;
    case 'today':
      return <TodayList />;
    case 'upcoming':
      return <UpcomingList />;
    case 'all':
      return <AllList />;
    case 'inbox':
      return <InboxList />;
    case 'project':
      return <ProjectList key={route.id} id={route.id} />;
    case 'tag':
      return <TagList key={route.id} id={route.id} />;
    case 'filter':
      return <FilterList key={route.id} id={route.id} />;
    case 'search':
      return <SearchList />;
    case 'notifications':
      return <Inbox />;
  }
}
