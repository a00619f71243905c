'use client';

// The address as the state of the screen. It is changed without asking the server, so that every list opens offline, too.
import { usePathname, useSearchParams } from 'next/navigation';
import { useMemo } from 'react';

import type { Route } from './route';
import { parseRoute } from './route';

export interface Address {
  readonly route: Route | null;
  /** The task whose drawer is open. */
  readonly taskId: string | null;
  readonly withDone: boolean;
  /** What is searched for. */
  readonly words: string;
}

export function useAddress(): Address {
  const pathname = usePathname();
  const query = useSearchParams();
  return useMemo(
    () => ({
      route: parseRoute(pathname),
      taskId: query.get('task'),
      withDone: query.get('done') === '1',
      words: query.get('q') ?? '',
    }),
    [pathname, query],
  );
}

/** Goes to another list; the way back is the browser's. */
export function goTo(path: string): void {
  if (path !== location.pathname + location.search) history.pushState(null, '', path);
}

/** Opens the drawer of a task over the list, or closes it. */
export function showTask(id: string | null): void {
  goTo(withQuery('task', id));
}

export function toggleDone(): void {
  const isShown = new URLSearchParams(location.search).get('done') === '1';
  goTo(withQuery('done', isShown ? null : '1'));
}

/** Searches, in the same step of the history while words are typed. */
export function searchFor(words: string): void {
  const path = `/search?q=${encodeURIComponent(words)}`;
  if (location.pathname === '/search') history.replaceState(null, '', path);
  else history.pushState(null, '', path);
}

/** The address of what is shown, with a task open. */
export function withQuery(name: string, value: string | null): string {
  const query = new URLSearchParams(location.search);
  if (value === null) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  return `${location.pathname}${text === '' ? '' : `?${text}`}`;
}
