import { expect, test } from 'vitest';

import { changed } from './change';
import type { Action } from './change';
import { depends, next, withNames } from './queue';
import { EMPTY, apply } from './state';
import type { State } from './state';
import { editing, keeping, only } from './testing/make';

const create = (body: Record<string, unknown>, kind: 'task' | 'project' | 'tag' = 'task'): Action => ({
  do: 'create',
  kind,
  body,
});
const complete: Action = { do: 'complete', kind: 'task' };

function sent(state: State, target: string): State {
  const change = changed(only(state, target), { sent: { key: 'k', ifMatch: 1 }, wasSent: true });
  return apply(state, { changes: [change] });
}

test('edits that were never sent are one change, over what was seen first', () => {
  const first = keeping(EMPTY, 'a', editing({ title: 'b' }, { title: 'a' }));
  const both = keeping(first, 'a', editing({ title: 'c', priority: 'high' }, { title: 'b', priority: 'low' }));
  expect(only(both, 'a').action).toEqual(editing({ title: 'c', priority: 'high' }, { title: 'a', priority: 'low' }));
  expect(only(both, 'a').id).toBe(only(first, 'a').id);
});

test.each<[string, State]>([
  ['was sent', sent(keeping(EMPTY, 'a', editing({ title: 'b' })), 'a')],
  ['has another change after it', keeping(keeping(EMPTY, 'a', editing({ title: 'b' })), 'a', complete)],
  ['is of another scope', keeping(EMPTY, 'a', { ...editing({ title: 'b' }), scope: 'all' } as Action)],
])('nothing is merged into an edit that %s', (_, state) => {
  const after = keeping(state, 'a', editing({ title: 'c' }));
  expect(after.queue).toHaveLength(state.queue.length + 1);
});

test('a patch within a patch is not merged with another', () => {
  const state = keeping(EMPTY, 'a', editing({ due: { date: '2026-12-01' } }));
  expect(keeping(state, 'a', editing({ due: { timezone: 'Asia/Tokyo' } })).queue).toHaveLength(2);
});

test('an edit is not merged past the creation of what it names', () => {
  const state = keeping(keeping(EMPTY, 'a', editing({ title: 'b' })), 'p', create({ name: 'Garden' }, 'project'));
  expect(keeping(state, 'a', editing({ project_id: 'p' })).queue).toHaveLength(3);
});

test.each<[string, Action, string]>([
  ['a task in a project', create({ id: 'x', project_id: 'new' }), 'x'],
  ['a sub-task', create({ id: 'x', parent_id: 'new' }), 'x'],
  ['a task with a tag', create({ id: 'x', tags: ['new'] }), 'x'],
  ['an edit that names it', editing({ project_id: 'new' }), 'x'],
  ['a move beside it', { do: 'move', kind: 'task', place: { after: 'new' } }, 'x'],
  ['a change of it', complete, 'new'],
])('%s waits for what it needs', (_, action, target) => {
  const state = keeping(keeping(EMPTY, 'new', create({ id: 'new' })), target, action, 'later');
  const [first, later] = state.queue;
  expect(first && later && depends(later, first)).toBe(true);
  expect(next(state.queue, new Set([first?.id ?? '']))).toBeNull();
});

test('a project is deleted after everything before it, which may take tasks out of it', () => {
  const state = keeping(keeping(EMPTY, 'a', editing({ project_id: null })), 'p', {
    do: 'delete',
    kind: 'project',
    scope: null,
  });
  expect(next(state.queue, new Set([state.queue[0]?.id ?? '']))).toBeNull();
});

test('a change that waits for the person holds back only what depends on it', () => {
  const state = keeping(keeping(keeping(EMPTY, 'a', editing({ title: 'x' })), 'a', complete), 'b', complete, 'free');
  const [first] = state.queue;
  const clashes = [{ field: 'title', mine: 'x', theirs: 'y' }];
  const asked =
    first === undefined
      ? state
      : apply(state, { changes: [changed(first, { standing: { is: 'conflict', clashes } })] });
  expect(next(asked.queue)?.id).toBe('free');
});

test('a change that names what got another id by now names that', () => {
  const aliases = new Map([['local', 'given']]);
  const action = create({ id: 'x', project_id: 'local', tags: ['local', 'other'] });
  const named = withNames(aliases, { id: 'c', target: 'x', action, at: 0 });
  expect(named.action).toEqual(create({ id: 'x', project_id: 'given', tags: ['given', 'other'] }));
});
