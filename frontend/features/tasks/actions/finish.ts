// Closing tasks, and opening them again.
import { IconArrowBackUp, IconCircleCheck, IconPlayerSkipForward, IconTrash } from '@tabler/icons-react';

import { words } from '@/words/en';

import { isOpen } from '../views/lists';
import type { Action } from './action';
import { toEach } from './change';

export const complete: Action = {
  id: 'task.complete',
  name: words.actions.complete,
  icon: IconCircleCheck,
  group: 'task',
  shortcuts: ['c'],
  when: ({ targets }) => targets.some(isOpen),
  run: (context) =>
    toEach(
      context,
      context.targets.filter(isOpen),
      words.actions.completed,
      (live, { id }) => live.completeTask(id),
      (live, { id }) => live.reopenTask(id),
    ),
};

export const reopen: Action = {
  id: 'task.reopen',
  name: words.actions.reopen,
  icon: IconArrowBackUp,
  group: 'task',
  shortcuts: ['c'],
  when: ({ targets }) => targets.length > 0 && !targets.some(isOpen),
  run: (context) =>
    toEach(
      context,
      context.targets,
      words.actions.reopened,
      (live, { id }) => live.reopenTask(id),
      (live, { id, status }) => (status === 'skipped' ? live.skipTask(id) : live.completeTask(id)),
    ),
};

export const skip: Action = {
  id: 'task.skip',
  name: words.actions.skip,
  icon: IconPlayerSkipForward,
  group: 'task',
  shortcuts: ['s'],
  when: ({ targets }) => targets.some((task) => isOpen(task) && task.series_id != null),
  run: (context) =>
    toEach(
      context,
      context.targets.filter((task) => isOpen(task) && task.series_id != null),
      words.actions.skipped,
      (live, { id }) => live.skipTask(id),
      (live, { id }) => live.reopenTask(id),
    ),
};

export const remove: Action = {
  id: 'task.delete',
  name: words.actions.delete,
  icon: IconTrash,
  group: 'task',
  shortcuts: ['Delete', '#'],
  when: ({ targets }) => targets.length > 0,
  run: async (context) => {
    const recurring = context.targets.some((task) => isOpen(task) && task.series_id != null);
    if (recurring) {
      context.screen.open({ kind: 'delete-scope', taskIds: context.targets.map(({ id }) => id) });
      return;
    }
    await toEach(
      context,
      context.targets,
      words.actions.deleted,
      (live, { id }) => live.deleteTask(id),
      (live, { id }) => live.restoreTask(id),
    );
    context.screen.select(new Set());
  },
};
