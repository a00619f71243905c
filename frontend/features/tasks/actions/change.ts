// Changes of several tasks at once, with the way back.
import type { TaskPatch } from '@/api/schema';
import type { LiveTask } from '@/live/live';

import type { Day } from '@/time/zone';
import type { ActionContext } from './action';

type Told = (titles: readonly string[]) => string;

/** Does the same to each, and offers to undo it. */
export async function toEach(
  { live, screen }: Pick<ActionContext, 'live' | 'screen'>,
  tasks: readonly LiveTask[],
  told: Told,
  change: (live: ActionContext['live'], task: LiveTask) => Promise<void>,
  undo: (live: ActionContext['live'], task: LiveTask) => Promise<void>,
): Promise<void> {
  if (tasks.length === 0) return;
  await Promise.all(tasks.map((task) => change(live, task)));
  screen.offerUndo({
    text: told(tasks.map((task) => task.title)),
    undo: () => Promise.all(tasks.map((task) => undo(live, task))),
  });
}

/** Gives each a patch of its own; tasks without one stay as they are. */
export async function editEach(
  context: Pick<ActionContext, 'live' | 'screen'>,
  tasks: readonly LiveTask[],
  told: Told,
  patchOf: (task: LiveTask) => TaskPatch | null,
): Promise<void> {
  const edits = new Map(tasks.map((task) => [task.id, patchOf(task)]));
  const changed = tasks.filter((task) => edits.get(task.id) != null);
  const edit = (live: ActionContext['live'], task: LiveTask, patch: TaskPatch) =>
    live.editTask(task.id, patch, task.series_id == null ? undefined : 'this');
  await toEach(
    context,
    changed,
    told,
    (live, task) => edit(live, task, edits.get(task.id) ?? {}),
    (live, task) => edit(live, task, backOf(task, edits.get(task.id) ?? {})),
  );
}

/** The patch that takes this patch of the task back. */
export function backOf(task: LiveTask, patch: TaskPatch): TaskPatch {
  const back: TaskPatch = {};
  if ('title' in patch) back.title = task.title;
  if ('description' in patch) back.description = task.description ?? null;
  if ('priority' in patch) back.priority = task.priority;
  if ('tags' in patch) back.tags = task.tags;
  if ('project_id' in patch) back.project_id = task.project_id ?? null;
  if ('parent_id' in patch) back.parent_id = task.parent_id ?? null;
  if ('estimate' in patch) back.estimate = task.estimate ?? null;
  if ('due' in patch) Object.assign(back, { due: task.due ?? null, allow_past_due: true });
  if ('start' in patch) back.start = task.start ?? null;
  return back;
}

/** Makes a task due on a day: one with a time keeps it. */
export function dueOn(task: LiveTask, day: Day | null, zone: string): TaskPatch | null {
  if (day === null) return task.due == null ? null : { due: null };
  // Kept here before it is sent: by then the time may have passed, and it is meant all the same.
  const allow_past_due = true;
  const time = task.due?.datetime?.slice(11);
  const timezone = task.due?.timezone ?? zone;
  if (time === undefined) return task.due?.date === day ? null : { due: { date: day, timezone }, allow_past_due };
  const datetime = `${day}T${time}`;
  return task.due?.datetime === datetime ? null : { due: { datetime, timezone }, allow_past_due };
}
