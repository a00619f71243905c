// What actions are tried with: every call is written down.
import { vi } from 'vitest';

import type { ActionContext } from '@/features/tasks/actions/action';
import type { Changes } from '@/live/live';

import { snapshot } from './tasks';

export function context(fields: Partial<ActionContext> = {}): ActionContext {
  return {
    live: changes(),
    snapshot: snapshot(),
    clock: { now: Date.parse('2026-11-23T09:00:00Z'), zone: 'Europe/Berlin' },
    route: { view: 'today' },
    list: { groups: [], dragging: null },
    targets: [],
    cursor: null,
    selected: new Set(),
    canUndo: false,
    screen: {
      go: vi.fn(),
      openTask: vi.fn(),
      open: vi.fn(),
      moveTo: vi.fn(),
      select: vi.fn(),
      focusSearch: vi.fn(),
      toggleDone: vi.fn(),
      offerUndo: vi.fn(),
      undo: vi.fn(() => Promise.resolve()),
      say: vi.fn(),
    },
    ...fields,
  };
}

export function changes(): Changes {
  const kept = () => vi.fn(() => Promise.resolve());
  const made = () => vi.fn(() => Promise.resolve('new'));
  return {
    createTask: made(),
    editTask: kept(),
    completeTask: kept(),
    reopenTask: kept(),
    skipTask: kept(),
    deleteTask: kept(),
    restoreTask: kept(),
    moveTask: kept(),
    createProject: made(),
    editProject: kept(),
    deleteProject: kept(),
    createTag: made(),
    renameTag: kept(),
    deleteTag: kept(),
    createFilter: made(),
    editFilter: kept(),
    deleteFilter: kept(),
    editSettings: kept(),
    readNotification: kept(),
    resolve: kept(),
    dismiss: kept(),
  };
}
