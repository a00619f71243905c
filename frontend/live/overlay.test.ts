import { expect, test } from 'vitest';

import { changed } from './change';
import type { Action } from './change';
import { heldOf } from './entity';
import { show } from './overlay';
import { apply } from './state';
import type { State } from './state';
import { editing, holding, keeping, only, project, task, told } from './testing/make';

const state = holding(
  7,
  told('task', task({ id: 'a', title: 'first', order_key: '0510', position: 5 })),
  told('task', task({ id: 'b', title: 'second', order_key: '0520', position: 6 })),
  told('project', project({ id: 'p', position: 7 })),
);

const shown = (of: State) => show(of, null).snapshot;

test('a new thing is shown as it will be', () => {
  const body = {
    id: 'n',
    title: 'Pay the rent',
    due: { date: '2026-12-31', timezone: 'Europe/Berlin' },
    recurrence: { every: 2, unit: 'month' },
    reminders: [{ before: 'P1D', at: null, relative_to: 'due' }],
    priority: null,
    allow_past_due: true,
  };
  const made = shown(keeping(state, 'n', { do: 'create', kind: 'task', body })).tasks.get('n');
  expect(made).toMatchObject({
    title: 'Pay the rent',
    status: 'open',
    pending: true,
    priority: 'normal',
    due: { date: '2026-12-31', timezone: 'Europe/Berlin' },
    due_at: '2026-12-31T23:00:00Z',
    recurrence: { rrule: 'FREQ=MONTHLY;INTERVAL=2', anchor: 'schedule', missed: 'skip' },
    reminders: [{ before: 'P1D' }],
  });
  expect(made).not.toHaveProperty('allow_past_due');
});

test.each<[Action, object]>([
  [editing({ title: 'new', priority: null }), { title: 'new', priority: 'normal', project_id: null }],
  [editing({ due: { datetime: '2026-12-01T09:00:00', timezone: 'Asia/Tokyo' } }), { due_at: '2026-12-01T00:00:00Z' }],
  [
    { do: 'complete', kind: 'task' },
    { status: 'done', completed_at: '2026-12-01T08:00:00.000Z' },
  ],
  [{ do: 'skip', kind: 'task' }, { status: 'skipped' }],
])('%o is laid over what the server said', (action, parts) => {
  expect(shown(keeping(state, 'a', action)).tasks.get('a')).toMatchObject({ ...parts, pending: true, version: 1 });
});

test('undo shows what was there: reopened after done, restored after deleted', () => {
  const done = keeping(state, 'a', { do: 'complete', kind: 'task' });
  const reopened = keeping(done, 'a', { do: 'reopen', kind: 'task' });
  expect(shown(reopened).tasks.get('a')).toMatchObject({ status: 'open', completed_at: null });

  const deleted = keeping(state, 'a', { do: 'delete', kind: 'task', scope: null });
  expect(shown(deleted).tasks.has('a')).toBe(false);
  const restored = keeping(deleted, 'a', { do: 'restore', kind: 'task' });
  expect(shown(restored).tasks.get('a')).toMatchObject({ title: 'first' });
});

test('what is moved is shown beside its neighbour', () => {
  const order = (of: State) =>
    [...shown(of).tasks.values()].sort((x, y) => (x.order_key < y.order_key ? -1 : 1)).map(({ id }) => id);
  const three = keeping(state, 'c', { do: 'create', kind: 'task', body: { id: 'c', title: 'third' } });
  expect(order(three)).toEqual(['a', 'b', 'c']);
  expect(order(keeping(three, 'c', { do: 'move', kind: 'task', place: { after: 'a' } }))).toEqual(['a', 'c', 'b']);
  expect(order(keeping(three, 'c', { do: 'move', kind: 'task', place: { before: 'a' } }))).toEqual(['c', 'a', 'b']);
  expect(order(keeping(three, 'b', { do: 'move', kind: 'task', place: { after: 'c' } }))).toEqual(['a', 'c', 'b']);
});

test('what was refused is not shown, what the person is asked about is', () => {
  const edited = keeping(state, 'a', editing({ title: 'mine' }));
  const refused = { is: 'refused', problem: { type: 'about:blank', title: 'no', status: 422 } } as const;
  const asked = { is: 'conflict', clashes: [{ field: 'title', mine: 'mine', theirs: 'theirs' }] } as const;
  const standing = (is: typeof refused | typeof asked) =>
    shown(apply(edited, { changes: [changed(only(edited, 'a'), { standing: is })] })).tasks.get('a');
  expect(standing(refused)).toMatchObject({ title: 'first', pending: false });
  expect(standing(asked)).toMatchObject({ title: 'mine', pending: true });
});

test('what did not change is the same object', () => {
  const before = show(state, null);
  expect(show({ ...state }, before)).toBe(before);

  const edited = show(keeping(state, 'a', editing({ title: 'new' })), before);
  expect(edited.snapshot.tasks).not.toBe(before.snapshot.tasks);
  expect(edited.snapshot.tasks.get('b')).toBe(before.snapshot.tasks.get('b'));
  expect(edited.snapshot.projects).toBe(before.snapshot.projects);
  expect(edited.snapshot.notifications).toBe(before.snapshot.notifications);

  const later = { ...task({ id: 'b', title: 'later', version: 2, position: 8 }) };
  const heard = show(apply(edited.of, { held: [heldOf(told('task', later), 1, undefined)] }), edited);
  expect(heard.snapshot.tasks.get('a')).toBe(edited.snapshot.tasks.get('a'));
  expect(heard.snapshot.tasks.get('b')?.title).toBe('later');

  const over = show(apply(edited.of, { over: edited.of.queue.map(({ id }) => id) }), edited);
  expect(over.snapshot.tasks.get('a')).toMatchObject({ title: 'first', pending: false });
});

test('settings that were never changed are those that hold without', () => {
  const edit: Action = { do: 'edit', kind: 'settings', patch: { timezone: 'Europe/Berlin' }, base: {}, scope: null };
  expect(shown(state).settings).toBeNull();
  expect(shown(keeping(state, 'settings', edit)).settings).toMatchObject({
    timezone: 'Europe/Berlin',
    first_day_of_week: 'monday',
  });
});
