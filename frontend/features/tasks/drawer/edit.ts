'use client';

// Keeping changes of the task that is open.
import { createContext, useContext } from 'react';

import type { TaskPatch } from '@/api/schema';
import type { LiveTask, Scope } from '@/live/live';

export interface OpenTask {
  readonly task: LiveTask;
  /** Which occurrences changes are for; none of a task that does not recur. */
  readonly scope: Scope | undefined;
  /** False when it could not be kept, which was told then. */
  readonly edit: (patch: TaskPatch) => Promise<boolean>;
}

export const OpenTaskContext = createContext<OpenTask | null>(null);

export function useOpenTask(): OpenTask {
  const open = useContext(OpenTaskContext);
  if (open === null) throw new Error('there is no open task above this component');
  return open;
}
