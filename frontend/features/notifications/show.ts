'use client';

// Shows new reminders as notifications of the browser, where that was allowed.
import { useEffect } from 'react';

import { goTo } from '@/features/shell/address';
import type { Notification as Reminder } from '@/api/schema';
import { useLive } from '@/live/react';

/** An older one is no news: it was missed while this browser was closed, and waits in the inbox. */
const NEWS_MS = 5 * 60_000;

export function useBrowserNotifications(): void {
  const live = useLive();
  useEffect(() => {
    let known = new Set(live.snapshot().notifications.map(({ id }) => id));
    return live.subscribe(() => {
      const { notifications, loaded } = live.snapshot();
      const fresh = notifications.filter((each) => !known.has(each.id) && isNews(each));
      if (fresh.length > 0 && loaded) fresh.forEach(show);
      if (known.size !== notifications.length) known = new Set(notifications.map(({ id }) => id));
    });
  }, [live]);
}

export function isNews({ read_at, fired_at }: Reminder, now: number = Date.now()): boolean {
  return read_at == null && now - Date.parse(fired_at) < NEWS_MS;
}

function show({ id, title, task_id }: Reminder): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    // Other tabs show the same one: the tag lets the browser show it once.
    const shown = new Notification(title, { tag: id, icon: '/icon.svg' });
    shown.onclick = () => {
      window.focus();
      goTo(`/notifications?task=${task_id}`);
      shown.close();
    };
  } catch {
    // Some phones show them through a service worker alone; the inbox has it all the same.
  }
}
