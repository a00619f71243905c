'use client';

import { useSnapshot } from '@/live/react';
import type { LiveTask } from '@/live/live';

/** The tasks that a panel is for, as they are now; those that are gone are left out. */
export function useTargets(taskIds: readonly string[]): readonly LiveTask[] {
  const { tasks } = useSnapshot();
  return taskIds.flatMap((id) => tasks.get(id) ?? []);
}
