'use client';

// What is loaded on use is also loaded when the browser has nothing else to do, so that it is there without a network.
import { useEffect } from 'react';

const PAUSE_MS = 3000;

const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('@/features/quick-add/QuickAdd'),
  () => import('@/features/tasks/drawer/TaskDrawer'),
  () => import('@/features/recurrence/RecurrenceField'),
  () => import('@/features/recurrence/RecurrenceEditor'),
  () => import('@/features/recurrence/History'),
  () => import('@/ui/Markdown'),
  () => import('@/features/tasks/list/ActionMenu'),
  () => import('@/features/tasks/list/DragArea'),
  () => import('@/features/tasks/panels/Reschedule'),
  () => import('@/features/tasks/panels/Move'),
  () => import('@/features/tasks/panels/Tags'),
  () => import('@/features/tasks/panels/DeleteScope'),
  () => import('@/features/search/SearchList'),
  () => import('@/features/search/FilterList'),
  () => import('@/features/notifications/Inbox'),
  () => import('@/features/changes/Attention'),
  () => import('@/features/settings/Settings'),
  () => import('@/features/lists/ProjectForm'),
  () => import('@/features/lists/TagForm'),
  () => import('@/features/lists/FilterForm'),
  () => import('./UserMenu'),
  () => import('./SignOut'),
  () => import('./Palette'),
  () => import('./Help'),
];

export function usePreloaded(): void {
  useEffect(() => {
    const left = new AbortController();
    const timer = setTimeout(() => void loadAll(left.signal), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, []);
}

/** One after another; one that cannot be had now is loaded on use. */
async function loadAll(left: AbortSignal): Promise<void> {
  for (const load of PARTS) {
    if (left.aborted) return;
    await load().catch(() => undefined);
  }
}
