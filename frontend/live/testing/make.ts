// Things and changes for tests, with what a test does not care about filled in.
import type { Project, Task } from '@/api/schema';

import type { Action, Change } from '../change';
import { takePages } from '../confirmed';
import { toldOf } from '../entity';
import type { Fields, Kind, Told } from '../entity';
import { add } from '../queue';
import { EMPTY, apply } from '../state';
import type { State } from '../state';

export function task(parts: Partial<Task> & { id: string }): Task {
  return {
    title: 'Water the plants',
    description: null,
    priority: 'normal',
    tags: [],
    project_id: null,
    parent_id: null,
    start: null,
    due: null,
    due_at: null,
    recurrence: null,
    reminders: [],
    estimate: null,
    series_id: null,
    ordinal: null,
    status: 'open',
    version: 1,
    position: 1,
    created_at: '2026-11-30T08:00:00Z',
    updated_at: '2026-11-30T08:00:00Z',
    completed_at: null,
    order_key: '0661A4B2C3D58080',
    ...parts,
  };
}

export function project(parts: Partial<Project> & { id: string }): Project {
  const at = '2026-11-30T08:00:00Z';
  const known = { name: 'Garden', color: null, archived: false, order_key: '06', version: 1, position: 1 };
  return { ...known, created_at: at, updated_at: at, ...parts };
}

export function told(kind: Kind, body: object): Told {
  return toldOf(kind, body as Fields); // Each is one of the API's shapes.
}

/** What is held after everything was fetched, in epoch 1. */
export function holding(position: number, ...items: readonly Told[]): State {
  return apply(EMPTY, takePages(EMPTY.confirmed, 'tasks', [{ at: { epoch: 1, position }, isFull: true, items }]));
}

let made = 0;

/** The state once a change was kept in it, too. */
export function keeping(state: State, target: string, action: Action, id = `change-${(made += 1)}`): State {
  return apply(state, { changes: [add(state.queue, { id, target, action, at: Date.parse('2026-12-01T08:00:00Z') })] });
}

export function editing(patch: Fields, base: Fields = {}): Action {
  return { do: 'edit', kind: 'task', patch, base, scope: null };
}

/** The one change that is kept of a thing. */
export function only(state: State, target: string): Change {
  const changes = state.queue.filter((change) => change.target === target);
  if (changes.length !== 1 || changes[0] === undefined) {
    throw new Error(`${changes.length} changes of ${target}`);
  }
  return changes[0];
}
