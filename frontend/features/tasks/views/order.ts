// The orders of lists, as the API has them.
import type { LiveTask } from '@/live/live';

import { dueAt } from '@/time/zone';

export const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

type Order = (a: LiveTask, b: LiveTask) => number;

/** When it is due, in milliseconds since 1970; infinity for what is not due. */
export function dueInstant(task: LiveTask): number {
  if (task.due == null) return Infinity;
  // What the server derived belongs to what the server knows; a change that it has not seen yet is derived here.
  return task.pending || task.due_at == null ? dueAt(task.due) : Date.parse(task.due_at);
}

export function urgency(task: LiveTask): number {
  return PRIORITIES.findIndex((priority) => priority === task.priority);
}

/** Due soonest first, then the most urgent; what is not due comes last. */
export const byDue: Order = (a, b) =>
  compare(dueInstant(a), dueInstant(b)) || urgency(a) - urgency(b) || byOwnOrder(a, b);

/** The order that the person gave them by dragging. */
export const byOwnOrder: Order = (a, b) => compare(a.order_key, b.order_key) || compare(a.id, b.id);

/** Done last first. */
export const byCompletion: Order = (a, b) => compare(b.completed_at ?? '', a.completed_at ?? '') || compare(a.id, b.id);

export function compare<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
