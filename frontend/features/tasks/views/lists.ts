// What is in each list, in which groups and which order.
import type { LiveTask, Snapshot } from '@/live/live';

import type { Clock, Day } from '@/time/zone';
import { dayAt, dayOf } from '@/time/zone';
import { nest } from './nest';
import { byCompletion, byDue, byOwnOrder, dueInstant } from './order';

export type Heading = { readonly kind: 'overdue' | 'done' } | { readonly kind: 'day'; readonly day: Day };

/** A row of a list: `depth` is above 0 for a task below the one that it is a part of. */
export interface Row {
  readonly task: LiveTask;
  readonly depth: number;
}

export interface Group {
  readonly key: string;
  /** None above the only group of a list. */
  readonly heading: Heading | null;
  readonly rows: readonly Row[];
}

export interface TaskList {
  readonly groups: readonly Group[];
  /** What dragging a row to another place changes: its place in the person's own order, or its day. */
  readonly dragging: 'order' | 'day' | null;
}

type Tasks = Snapshot['tasks'];

export const NOTHING: TaskList = { groups: [], dragging: null };

/** What should have been done before today, and what is due today. */
export function today(tasks: Tasks, clock: Clock): TaskList {
  const now = dayAt(clock.now, clock.zone);
  const due = open(tasks).filter((task) => task.due != null && dayOf(task.due, clock.zone) <= now);
  const [overdue, rest] = split(due, (task) => task.due != null && dayOf(task.due, clock.zone) < now);
  const groups = [group('overdue', { kind: 'overdue' }, overdue), group(now, { kind: 'day', day: now }, rest)];
  return { groups: groups.filter(({ rows }) => rows.length > 0), dragging: 'day' };
}

/** What is due from today on, day by day. */
export function upcoming(tasks: Tasks, clock: Clock): TaskList {
  const now = dayAt(clock.now, clock.zone);
  const days = new Map<Day, LiveTask[]>();
  for (const task of open(tasks)) {
    if (task.due == null) continue;
    const day = dayOf(task.due, clock.zone);
    if (day >= now) days.set(day, [...(days.get(day) ?? []), task]);
  }
  const inOrder = [...days].sort(([a], [b]) => (a < b ? -1 : 1));
  return { groups: inOrder.map(([day, list]) => group(day, { kind: 'day', day }, list)), dragging: 'day' };
}

export function all(tasks: Tasks, withDone: boolean): TaskList {
  return { groups: [group('open', null, open(tasks)), ...done([...tasks.values()], withDone)], dragging: null };
}

/** Tasks of a project, or of none, in the person's own order, with what is a part of another below it. */
export function ofProject(tasks: Tasks, projectId: string | null, withDone: boolean): TaskList {
  const list = [...tasks.values()].filter((task) => (task.project_id ?? null) === projectId);
  const rows = nest(list.filter(isOpen).sort(byOwnOrder));
  return { groups: [{ key: 'open', heading: null, rows }, ...done(list, withDone)], dragging: 'order' };
}

export function ofTag(tasks: Tasks, tagId: string, withDone: boolean): TaskList {
  const list = [...tasks.values()].filter((task) => task.tags.includes(tagId));
  return { groups: [group('open', null, list.filter(isOpen)), ...done(list, withDone)], dragging: null };
}

/** Tasks that the server found, in its order: those that are gone meanwhile are left out. */
export function found(tasks: Tasks, ids: readonly string[]): TaskList {
  const rows = ids.flatMap((id) => tasks.get(id) ?? []).map(flat);
  return { groups: [{ key: 'found', heading: null, rows }], dragging: null };
}

export function rowsOf(list: TaskList): readonly Row[] {
  return list.groups.flatMap(({ rows }) => rows);
}

export function isOpen(task: LiveTask): boolean {
  return task.status === 'open';
}

export function isOverdue(task: LiveTask, clock: Clock): boolean {
  return isOpen(task) && dueInstant(task) < clock.now;
}

/** How many tasks the sidebar says there are for today. */
export function countToday(tasks: Tasks, clock: Clock): number {
  return rowsOf(today(tasks, clock)).length;
}

/** How many parts a task has, and how many of them are closed; null without parts. */
export function partsOf(tasks: Tasks): ReadonlyMap<string, { readonly closed: number; readonly all: number }> {
  const parts = new Map<string, { closed: number; all: number }>();
  for (const task of tasks.values()) {
    if (task.parent_id == null) continue;
    const of = parts.get(task.parent_id) ?? { closed: 0, all: 0 };
    parts.set(task.parent_id, { closed: of.closed + (isOpen(task) ? 0 : 1), all: of.all + 1 });
  }
  return parts;
}

function open(tasks: Tasks): LiveTask[] {
  return [...tasks.values()].filter(isOpen);
}

function done(tasks: readonly LiveTask[], withDone: boolean): Group[] {
  const closed = withDone ? tasks.filter((task) => !isOpen(task)).sort(byCompletion) : [];
  return closed.length === 0 ? [] : [{ key: 'done', heading: { kind: 'done' }, rows: closed.map(flat) }];
}

function group(key: string, heading: Heading | null, tasks: readonly LiveTask[]): Group {
  return { key, heading, rows: [...tasks].sort(byDue).map(flat) };
}

function flat(task: LiveTask): Row {
  return { task, depth: 0 };
}

function split<T>(items: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  return [items.filter(first), items.filter((item) => !first(item))];
}
