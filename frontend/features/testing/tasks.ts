// Things to try components and views with.
import type { Notification, Project, Tag } from '@/api/schema';
import type { LiveTask, Snapshot } from '@/live/live';

let counter = 0;

/** An open task that has nothing but a title, with what the test says of it laid over. */
export function task(fields: Partial<LiveTask> = {}): LiveTask {
  counter += 1;
  const id = fields.id ?? `00000000-0000-7000-8000-${counter.toString().padStart(12, '0')}`;
  return {
    id,
    title: `Task ${counter}`,
    status: 'open',
    priority: 'normal',
    tags: [],
    reminders: [],
    order_key: counter.toString(16).padStart(16, '0'),
    version: 1,
    position: counter,
    created_at: '2026-11-01T08:00:00Z',
    updated_at: '2026-11-01T08:00:00Z',
    pending: false,
    ...fields,
  };
}

export function project(name: string, fields: Partial<Project> = {}): Project {
  counter += 1;
  return { ...entity(), name, archived: false, order_key: counter.toString(16).padStart(16, '0'), ...fields };
}

export function tag(name: string, fields: Partial<Tag> = {}): Tag {
  return { ...entity(), name, ...fields };
}

export function notification(title: string, fields: Partial<Notification> = {}): Notification {
  counter += 1;
  const at = '2026-11-23T08:00:00Z';
  const ids = { task_id: 'a', reminder_id: 'b' };
  return { id: `n${counter}`, title, late: false, position: counter, fire_at: at, fired_at: at, ...ids, ...fields };
}

export function snapshot(fields: Partial<Omit<Snapshot, 'tasks'>> & { tasks?: readonly LiveTask[] } = {}): Snapshot {
  const none = new Map<string, never>();
  return {
    loaded: true,
    projects: none,
    tags: none,
    filters: none,
    series: none,
    settings: null,
    notifications: [],
    ...fields,
    tasks: byId(fields.tasks ?? []),
  };
}

export function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function entity() {
  counter += 1;
  const at = '2026-11-01T08:00:00Z';
  return { id: `e${counter}`, version: 1, position: counter, created_at: at, updated_at: at };
}
