// Moving a task among its neighbours with the keyboard.
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';

import type { Place } from '@/live/live';
import { words } from '@/words/en';

import type { Row } from '../views/lists';
import { isOpen, rowsOf } from '../views/lists';
import type { Action, ActionContext } from './action';

export const up = moving('up', words.actions.up, IconArrowUp, 'alt+ArrowUp', -1);
export const down = moving('down', words.actions.down, IconArrowDown, 'alt+ArrowDown', 1);

function moving(id: string, name: string, icon: Action['icon'], key: string, by: 1 | -1): Action {
  return {
    id: `task.${id}`,
    name,
    icon,
    group: 'task',
    shortcuts: [key],
    when: (context) => stepOf(context, by) !== null,
    run: async (context) => {
      const step = stepOf(context, by);
      if (step === null) return;
      await context.live.moveTask(step.id, step.place);
      context.screen.say(words.actions.movedTo(step.title, step.number, step.of));
    },
  };
}

/** Where one step leads: past the next one that is at home on the same level, never out of what it is a part of. */
function stepOf({ list, targets: [task, ...others] }: ActionContext, by: 1 | -1) {
  if (list.dragging !== 'order' || task === undefined || others.length > 0) return null;
  const level = siblings(rowsOf(list), task.id);
  const at = level.findIndex((row) => row.task.id === task.id);
  const neighbour = level[at + by]?.task;
  if (at < 0 || neighbour === undefined) return null;
  const place: Place = by > 0 ? { after: neighbour.id } : { before: neighbour.id };
  return { id: task.id, title: task.title, place, number: at + by + 1, of: level.length };
}

function siblings(rows: readonly Row[], id: string): readonly Row[] {
  const shown = new Set(rows.map(({ task }) => task.id));
  const wholeOf = ({ task }: Row) => (task.parent_id != null && shown.has(task.parent_id) ? task.parent_id : null);
  const own = rows.find(({ task }) => task.id === id);
  return own === undefined ? [] : rows.filter((row) => isOpen(row.task) && wholeOf(row) === wholeOf(own));
}
