// Puts what is a part of another task below it.
import type { LiveTask } from '@/live/live';

import type { Row } from './lists';

/** Keeps the order among the parts of one task. A part whose whole is not in the list stands by itself. */
export function nest(tasks: readonly LiveTask[]): Row[] {
  const ids = new Set(tasks.map((task) => task.id));
  const parts = new Map<string | null, LiveTask[]>();
  for (const task of tasks) {
    const whole = task.parent_id != null && ids.has(task.parent_id) ? task.parent_id : null;
    const siblings = parts.get(whole);
    if (siblings === undefined) parts.set(whole, [task]);
    else siblings.push(task);
  }
  const rows = below(parts, null, 0);
  // Two unsent changes can make a circle, which hangs from nothing: its tasks are shown rather than lost.
  const shown = new Set(rows.map(({ task }) => task.id));
  return rows.length === tasks.length
    ? rows
    : [...rows, ...tasks.filter(({ id }) => !shown.has(id)).map((task) => ({ task, depth: 0 }))];
}

function below(parts: ReadonlyMap<string | null, LiveTask[]>, whole: string | null, depth: number): Row[] {
  return (parts.get(whole) ?? []).flatMap((task) => [{ task, depth }, ...below(parts, task.id, depth + 1)]);
}
