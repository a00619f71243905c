// What dropping a row on another one means.
import type { Place } from '@/live/live';

import type { Day } from '@/time/zone';
import type { TaskList } from './lists';
import { rowsOf } from './lists';

export type Drop =
  | { readonly kind: 'order'; readonly place: Place; readonly parentId: string | null }
  | { readonly kind: 'day'; readonly day: Day };

/** Null where nothing changes, or nothing can. */
export function dropOf(list: TaskList, draggedId: string, overId: string): Drop | null {
  if (draggedId === overId) return null;
  if (list.dragging === 'day') return dayOfDrop(list, draggedId, overId);
  return list.dragging === 'order' ? orderOfDrop(list, draggedId, overId) : null;
}

/** Which side of the other row it comes to lie on. */
export function sideOf(list: TaskList, draggedId: string, overId: string): 'before' | 'after' {
  const ids = rowsOf(list).map(({ task }) => task.id);
  return ids.indexOf(draggedId) < ids.indexOf(overId) ? 'after' : 'before';
}

function dayOfDrop(list: TaskList, draggedId: string, overId: string): Drop | null {
  const [from, to] = [draggedId, overId].map((id) =>
    list.groups.find(({ rows }) => rows.some((row) => row.task.id === id)),
  );
  return to?.heading?.kind !== 'day' || from === to ? null : { kind: 'day', day: to.heading.day };
}

function orderOfDrop(list: TaskList, draggedId: string, overId: string): Drop | null {
  const tasks = new Map(rowsOf(list).map(({ task }) => [task.id, task]));
  const over = tasks.get(overId);
  if (over === undefined || over.status !== 'open') return null;
  // It would be a part of itself.
  for (let at = over.parent_id; at != null; at = tasks.get(at)?.parent_id) if (at === draggedId) return null;
  const place = sideOf(list, draggedId, overId) === 'after' ? { after: overId } : { before: overId };
  return { kind: 'order', place, parentId: over.parent_id ?? null };
}
