// What a line was read as, laid over the line as it is now.
import type { NewTask, QuickAddAnswer } from '@/api/schema';
import type { Route } from '@/features/shell/route';
import { projectNamed, tagNamed } from '@/features/tasks/names';
import type { Clock } from '@/time/zone';
import { dayAt } from '@/time/zone';
import type { Changes, Snapshot } from '@/live/live';

export interface Reading {
  /** The line that was read. */
  readonly text: string;
  readonly answer: QuickAddAnswer;
}

export interface Stretch {
  readonly text: string;
  /** What it was taken for; null for words of the title. */
  readonly kind: string | null;
}

/** The line in stretches. Of a reading that lags behind, only what still stands in its place is coloured. */
export function stretchesOf(text: string, reading: Reading | null): Stretch[] {
  const characters = Array.from(text);
  const stretches: Stretch[] = [];
  let at = 0;
  for (const { start, end, kind, text: taken } of reading?.answer.spans ?? []) {
    if (start < at || characters.slice(start, end).join('') !== taken) continue;
    if (start > at) stretches.push({ text: characters.slice(at, start).join(''), kind: null });
    stretches.push({ text: taken, kind });
    at = end;
  }
  if (at < characters.length) stretches.push({ text: characters.slice(at).join(''), kind: null });
  return stretches;
}

/** What a new task gets from the list that it is added to, unless the line says otherwise. */
export function fromList(task: NewTask, route: Route | null, clock: Clock): NewTask {
  switch (route?.view) {
    case 'project':
      return { ...task, project_id: task.project_id ?? route.id };
    case 'tag':
      return { ...task, tags: [...new Set([...(task.tags ?? []), route.id])] };
    case 'today':
      return task.due == null && task.start == null
        ? { ...task, due: { date: dayAt(clock.now, clock.zone), timezone: clock.zone } }
        : task;
    default:
      return task;
  }
}

/** Makes the tags and the project that the line names and nobody has yet, and then the task. */
export async function addRead(
  live: Changes,
  snapshot: Snapshot,
  { task, unknown }: Pick<QuickAddAnswer, 'task' | 'unknown'>,
  complete: (task: NewTask) => NewTask,
): Promise<{ id: string; title: string } | null> {
  if (task === undefined) return null;
  const tags = [...(task.tags ?? [])];
  for (const name of unknown.tags) tags.push(tagNamed(snapshot, name)?.id ?? (await live.createTag(name)));
  const [projectName] = unknown.projects;
  const projectId =
    projectName === undefined
      ? (task.project_id ?? null)
      : (projectNamed(snapshot, projectName)?.id ?? (await live.createProject({ name: projectName })));
  // It is sent later, perhaps: by then its time may have passed, and it is meant all the same.
  const meant = complete({
    ...task,
    allow_past_due: true,
    ...(tags.length === 0 ? {} : { tags }),
    ...(projectId === null ? {} : { project_id: projectId }),
  });
  return { id: await live.createTask(meant), title: meant.title };
}

/** The line as a title alone. */
export function asTitle(text: string): Pick<QuickAddAnswer, 'task' | 'unknown'> {
  const title = text.trim().replace(/\s+/g, ' ');
  return { ...(title === '' ? {} : { task: { title } }), unknown: { tags: [], projects: [] } };
}
