// Changing tasks without their drawer.
import {
  IconCalendarCode,
  IconCalendarDue,
  IconCalendarEvent,
  IconCalendarOff,
  IconCalendarWeek,
  IconFlag,
  IconFolder,
  IconPencil,
  IconTag,
} from '@tabler/icons-react';

import { words } from '@/words/en';

import type { Day } from '@/time/zone';
import { addDays, dayAt, nextWeekday } from '@/time/zone';
import type { Priority } from '../views/order';
import type { Action, ActionContext } from './action';
import { dueOn, editEach } from './change';

export const edit: Action = {
  id: 'task.edit',
  name: words.actions.edit,
  icon: IconPencil,
  group: 'task',
  shortcuts: ['e'],
  when: ({ targets }) => targets.length === 1,
  run: ({ targets: [task], screen }) => {
    if (task !== undefined) screen.openTask(task.id);
  },
};

export const reschedule = withPanel('reschedule', words.actions.reschedule, IconCalendarEvent, 'd');
export const move = withPanel('move', words.actions.move, IconFolder, 'm');
export const tag = withPanel('tags', words.actions.tag, IconTag, 'l');

export const dueToday = dueAtDay('due-today', words.actions.dueToday, IconCalendarDue, 't', (today) => today);
export const dueTomorrow = dueAtDay('due-tomorrow', words.actions.dueTomorrow, IconCalendarCode, 'T', (today) =>
  addDays(today, 1),
);
export const dueNextWeek = dueAtDay('due-next-week', words.actions.dueNextWeek, IconCalendarWeek, 'w', (today) =>
  nextWeekday(today, 'monday'),
);
export const dueNever = dueAtDay('due-never', words.actions.dueNever, IconCalendarOff, 'D', () => null);

export const priorities: readonly Action[] = (['critical', 'high', 'normal', 'low'] as const).map((priority, index) =>
  withPriority(priority, `${index + 1}`),
);

/** Makes tasks due on a day, or not due at all, and offers to undo it. */
export async function makeDue(
  context: Pick<ActionContext, 'live' | 'screen' | 'clock'>,
  tasks: ActionContext['targets'],
  day: Day | null,
): Promise<void> {
  await editEach(context, tasks, words.actions.rescheduled, (task) => dueOn(task, day, context.clock.zone));
}

function withPanel(kind: 'reschedule' | 'move' | 'tags', name: string, icon: Action['icon'], key: string): Action {
  return {
    id: `task.${kind}`,
    name,
    icon,
    group: 'task',
    shortcuts: [key],
    when: ({ targets }) => targets.length > 0,
    run: ({ targets, screen }) => screen.open({ kind, taskIds: targets.map(({ id }) => id) }),
  };
}

function dueAtDay(
  id: string,
  name: string,
  icon: Action['icon'],
  key: string,
  dayFrom: (today: Day) => Day | null,
): Action {
  return {
    id: `task.${id}`,
    name,
    icon,
    group: 'task',
    shortcuts: [key],
    when: ({ targets, clock }) =>
      targets.some((task) => dueOn(task, dayFrom(dayAt(clock.now, clock.zone)), clock.zone) !== null),
    run: (context) => makeDue(context, context.targets, dayFrom(dayAt(context.clock.now, context.clock.zone))),
  };
}

function withPriority(priority: Priority, key: string): Action {
  return {
    id: `task.priority-${priority}`,
    name: words.actions.priority[priority],
    icon: IconFlag,
    group: 'task',
    shortcuts: [key],
    when: ({ targets }) => targets.some((task) => task.priority !== priority),
    run: (context) =>
      editEach(context, context.targets, words.actions.changed, (task) =>
        task.priority === priority ? null : { priority },
      ),
  };
}
