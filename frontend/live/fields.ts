// What a thing says once a request for it is carried out, as the server would do it: for the screen, until it answers.
import type { Recurrence, Reminder, Task } from '@/api/schema';

import type { CreatedKind, EditedKind } from './change';
import { isFields } from './entity';
import type { Bodies, Fields } from './entity';
import { instantOf, momentAfter } from './moment';
import { keyAt } from './order';

/** A new thing as it will be, as far as that is known here. It is sorted behind what is there. */
export function created<K extends CreatedKind>(
  kind: K,
  id: string,
  body: Fields,
  at: number,
  zone: string | null,
): Bodies[K] {
  const when = new Date(at).toISOString();
  const known = { id, version: 0, position: 0, created_at: when, updated_at: when, order_key: keyAt(at) };
  const blank: Fields = { ...BLANK[kind], ...known };
  return patched(kind, blank as unknown as Bodies[K], body, zone); // BLANK has what the server adds to the body.
}

/** A thing with a merge-patch laid over it: absent is untouched, null clears. */
export function patched<K extends EditedKind>(kind: K, body: Bodies[K], patch: Fields, zone: string | null): Bodies[K] {
  const before = body as unknown as Fields;
  const after: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    if (name !== ALLOWANCE && name !== 'id') {
      after[name] = valueOf(kind, name, before[name], value, zone);
    }
  }
  if (kind === 'task' && 'due' in patch) {
    after.due_at = instantOf((after as unknown as Task).due ?? null);
  }
  return after as unknown as Bodies[K]; // A request has fields of the thing alone, but for the allowance.
}

/** A field of requests that is none of the thing. */
export const ALLOWANCE = 'allow_past_due';

const BLANK: Readonly<Record<CreatedKind, Fields>> = {
  task: {
    title: '',
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
    completed_at: null,
  },
  project: { name: '', color: null, archived: false },
  tag: { name: '' },
  filter: { name: '', filter: '', sort: null },
};

/** What null stands for where a field cannot be without a value. */
const CLEARED: Readonly<Record<EditedKind, Fields>> = {
  task: { priority: 'normal', tags: [], reminders: [] },
  project: { archived: false },
  tag: {},
  filter: {},
  settings: { first_day_of_week: 'monday', default_reminders: [] },
};

function valueOf(kind: EditedKind, name: string, before: unknown, value: unknown, zone: string | null): unknown {
  if (value === null || value === undefined) {
    return CLEARED[kind][name] ?? null;
  }
  if (kind !== 'task') {
    return value;
  }
  switch (name) {
    case 'due':
    case 'start':
      return momentAfter((before as Task['due']) ?? null, value, zone);
    case 'recurrence':
      return recurrenceAfter((before as Recurrence | undefined) ?? null, value);
    case 'reminders':
      return Array.isArray(value) ? value.filter(isFields).map(reminderOf) : [];
    default:
      return value;
  }
}

function recurrenceAfter(before: Recurrence | null, input: unknown): Recurrence | null {
  if (!isFields(input)) {
    return null;
  }
  const text = (name: string) => (typeof input[name] === 'string' ? input[name] : null);
  const unit = text('unit');
  const every = typeof input.every === 'number' ? input.every : 1;
  const simple = unit === null ? null : `FREQ=${FREQUENCY[unit] ?? 'DAILY'}${every === 1 ? '' : `;INTERVAL=${every}`}`;
  return {
    rrule: text('rrule') ?? simple ?? before?.rrule ?? 'FREQ=DAILY',
    anchor: text('anchor') ?? before?.anchor ?? 'schedule',
    missed: text('missed') ?? before?.missed ?? 'skip',
  };
}

const FREQUENCY: Readonly<Record<string, string>> = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY', year: 'YEARLY' };

function reminderOf(input: Fields): Reminder {
  const kept = Object.entries(input).filter(([, value]) => value !== null && value !== undefined && value !== 'due');
  return Object.fromEntries(kept);
}
