// What changed between two snapshots, in words for those who do not see it.
import type { LiveTask, Snapshot } from '@/live/live';
import { words } from '@/words/en';

const TOLD_ONE_BY_ONE = 2;

/** Null when there is nothing to tell; the first snapshot is not news. */
export function describeChanges(before: Snapshot, after: Snapshot): string | null {
  if (!before.loaded || !after.loaded) return null;
  const told = [...taskChanges(before.tasks, after.tasks), ...reminded(before, after)];
  if (told.length === 0) return null;
  return told.length > TOLD_ONE_BY_ONE ? words.live.told.many(told.length) : told.join('. ');
}

function taskChanges(before: Snapshot['tasks'], after: Snapshot['tasks']): string[] {
  if (before === after) return [];
  const told: string[] = [];
  for (const [id, task] of after) {
    const old = before.get(id);
    if (old === undefined) told.push(words.live.told.created(task.title));
    else if (old !== task) told.push(...difference(old, task));
  }
  for (const [id, task] of before) {
    if (!after.has(id)) told.push(words.live.told.deleted(task.title));
  }
  return told;
}

function difference(old: LiveTask, task: LiveTask): string[] {
  const { told } = words.live;
  if (old.status !== task.status) {
    if (task.status === 'open') return [told.reopened(task.title)];
    return [task.status === 'done' ? told.completed(task.title) : told.skipped(task.title)];
  }
  // That the server has taken a change is no news: only what people see is.
  return shown(old) === shown(task) ? [] : [told.changed(task.title)];
}

function shown({
  title,
  description,
  priority,
  due,
  start,
  project_id,
  parent_id,
  tags,
  reminders,
  estimate,
}: LiveTask) {
  return JSON.stringify([
    title,
    description ?? '',
    priority,
    [due?.date, due?.datetime, due?.timezone],
    [start?.date, start?.datetime, start?.timezone],
    project_id ?? '',
    parent_id ?? '',
    tags,
    reminders.map(({ at, before, relative_to }) => [at, before, relative_to]),
    estimate ?? '',
  ]);
}

function reminded(before: Snapshot, after: Snapshot): string[] {
  if (before.notifications === after.notifications) return [];
  const known = new Set(before.notifications.map(({ id }) => id));
  return after.notifications
    .filter(({ id, read_at }) => !known.has(id) && read_at == null)
    .map(({ title }) => words.live.told.reminded(title));
}
