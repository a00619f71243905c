// A live store for component tests: in memory, with no server. It keeps what tests look at, and nothing else.
import type { NewTask, TaskPatch } from '@/api/schema';
import type { Live, LiveStatus, LiveTask, Snapshot } from '@/live/live';

import { changes } from './context';
import { snapshot, task } from './tasks';

export const LIVE: LiveStatus = {
  connection: 'live',
  waiting: 0,
  storageFull: false,
  signedOut: false,
  conflicts: [],
  refused: [],
};

export interface MemoryLive extends Live {
  show(snapshot: Snapshot): void;
  tell(status: Partial<LiveStatus>): void;
}

export function memoryLive(begin: Snapshot = snapshot()): MemoryLive {
  let shown = begin;
  let status = LIVE;
  const listeners = new Set<() => void>();
  const change = (next: Snapshot) => {
    shown = next;
    listeners.forEach((listener) => listener());
  };
  const patchTask = (id: string, patch: Partial<LiveTask>) => {
    const old = shown.tasks.get(id);
    if (old === undefined) return Promise.resolve();
    change({ ...shown, tasks: new Map(shown.tasks).set(id, { ...old, ...patch }) });
    return Promise.resolve();
  };
  const doubles = changes();
  return {
    ...doubles,
    snapshot: () => shown,
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    idOf: (id) => id,
    show: change,
    tell: (patch) => {
      status = { ...status, ...patch };
      change({ ...shown });
    },
    createTask: (fields) => {
      const made = task(written(fields));
      change({ ...shown, tasks: new Map(shown.tasks).set(made.id, made) });
      return Promise.resolve(made.id);
    },
    editTask: (id, patch) => patchTask(id, written(patch)),
    completeTask: (id) => patchTask(id, { status: 'done', completed_at: '2026-11-23T09:00:00Z' }),
    reopenTask: (id) => patchTask(id, { status: 'open', completed_at: null }),
    deleteTask: (id) => {
      const tasks = new Map(shown.tasks);
      tasks.delete(id);
      change({ ...shown, tasks });
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    wipe: () => Promise.resolve(),
  };
}

/** What is written, as a task has it. The shapes differ only in what may be left out. */
function written(fields: NewTask | TaskPatch): Partial<LiveTask> {
  return fields as Partial<LiveTask>;
}
