// The cursor of the list, and the selection.
import {
  IconArrowBarDown,
  IconArrowBarToDown,
  IconArrowBarToUp,
  IconArrowBarUp,
  IconArrowDown,
  IconArrowUp,
  IconSelectAll,
  IconSquareCheck,
  IconSquareX,
} from '@tabler/icons-react';

import { words } from '@/words/en';

import { rowsOf } from '../views/lists';
import type { Action, ActionContext } from './action';

export const next = moving('next', words.actions.next, IconArrowDown, ['j', 'ArrowDown'], 1);
export const previous = moving('previous', words.actions.previous, IconArrowUp, ['k', 'ArrowUp'], -1);
export const first = moving('first', words.actions.first, IconArrowBarToUp, ['Home'], -Infinity);
export const last = moving('last', words.actions.last, IconArrowBarToDown, ['End'], Infinity);
export const selectNext = extending(
  'extend-down',
  words.actions.selectNext,
  IconArrowBarDown,
  ['J', 'shift+ArrowDown'],
  1,
);
export const selectPrevious = extending(
  'extend-up',
  words.actions.selectPrevious,
  IconArrowBarUp,
  ['K', 'shift+ArrowUp'],
  -1,
);

export const select: Action = {
  id: 'select.one',
  name: words.actions.select,
  icon: IconSquareCheck,
  group: 'select',
  shortcuts: ['x'],
  when: ({ cursor, list }) => cursor !== null && idsOf(list).includes(cursor),
  run: ({ cursor, selected, screen }) => {
    if (cursor !== null) screen.select(toggled(selected, cursor));
  },
};

export const selectAll: Action = {
  id: 'select.all',
  name: words.actions.selectAll,
  icon: IconSelectAll,
  group: 'select',
  shortcuts: ['mod+a'],
  when: ({ list }) => idsOf(list).length > 0,
  run: ({ list, screen }) => screen.select(new Set(idsOf(list))),
};

export const clear: Action = {
  id: 'select.clear',
  name: words.actions.clear,
  icon: IconSquareX,
  group: 'select',
  shortcuts: ['Escape'],
  when: ({ selected }) => selected.size > 0,
  run: ({ screen }) => screen.select(new Set()),
};

export function toggled(selected: ReadonlySet<string>, id: string): Set<string> {
  const ids = new Set(selected);
  if (!ids.delete(id)) ids.add(id);
  return ids;
}

/** The rows from one to the other, both with them. */
export function between(list: ActionContext['list'], from: string, to: string): string[] {
  const ids = idsOf(list);
  const ends = [ids.indexOf(from), ids.indexOf(to)].sort((a, b) => a - b);
  const [start = -1, end = -1] = ends;
  return start < 0 ? [to] : ids.slice(start, end + 1);
}

function moving(id: string, name: string, icon: Action['icon'], shortcuts: readonly string[], by: number): Action {
  return {
    id: `select.${id}`,
    name,
    icon,
    group: 'select',
    shortcuts,
    when: ({ list }) => idsOf(list).length > 0,
    run: (context) => {
      const id = neighbour(context, by);
      if (id !== undefined) context.screen.moveTo(id);
    },
  };
}

function extending(id: string, name: string, icon: Action['icon'], shortcuts: readonly string[], by: number): Action {
  return {
    id: `select.${id}`,
    name,
    icon,
    group: 'select',
    shortcuts,
    when: ({ list, cursor }) => cursor !== null && idsOf(list).includes(cursor),
    run: (context) => {
      const to = neighbour(context, by);
      if (to === undefined || context.cursor === null) return;
      context.screen.select(new Set([...context.selected, context.cursor, to]));
      context.screen.moveTo(to);
    },
  };
}

function neighbour({ list, cursor }: ActionContext, by: number): string | undefined {
  const ids = idsOf(list);
  const at = cursor === null ? -1 : ids.indexOf(cursor);
  if (at < 0) return by === Infinity ? ids.at(-1) : ids[0];
  return ids[Math.min(Math.max(at + by, 0), ids.length - 1)];
}

function idsOf(list: ActionContext['list']): string[] {
  return rowsOf(list).map(({ task }) => task.id);
}
