import { expect, test } from 'vitest';

import type { Action } from './change';
import type { Outcome } from './outcome';
import { prepare, settle } from './sending';
import { apply, get } from './state';
import type { State } from './state';
import { editing, holding, keeping, only, project, task, told } from './testing/make';

const PROBLEM = { type: 'urn:taskwire:problem:validation', title: 'no', status: 422 };
const seen = holding(7, told('task', task({ id: 'a', version: 3, position: 7, title: 'seen' })));

const done = (body: object): Outcome => ({ is: 'done', body: { ...body }, version: null, position: null });
const elsewhere = (body: object): Outcome => ({ is: 'changed', theirs: { version: 9, body: { ...body } } });

function sending(state: State, target: string) {
  const { delta, request } = prepare(state, only(state, target).id, 'key');
  return { state: apply(state, delta), request };
}

function answered(state: State, target: string, outcome: Outcome): State {
  return apply(state, settle(state, only(state, target).id, outcome, 1));
}

test('an edit is sent for the version that is held, and again as it was', () => {
  const { state, request } = sending(keeping(seen, 'a', editing({ title: 'new' }, { title: 'seen' })), 'a');
  expect(request).toMatchObject({ method: 'PATCH', path: '/v1/tasks/a', body: { title: 'new' } });
  expect(request?.headers).toMatchObject({ 'If-Match': '"3"', 'Idempotency-Key': 'key' });

  const newer = apply(state, {
    held: [{ ...told('task', task({ id: 'a', version: 4, position: 8 })), epoch: 1 } as never],
  });
  expect(prepare(newer, only(newer, 'a').id, 'another key').request).toEqual(request);
});

test('an edit over what changed elsewhere meanwhile asks the person before it is sent', () => {
  const state = keeping(seen, 'a', editing({ title: 'mine' }, { title: 'from before' }));
  const { state: after, request } = sending(state, 'a');
  expect(request).toBeNull();
  expect(only(after, 'a').standing).toEqual({
    is: 'conflict',
    clashes: [{ field: 'title', mine: 'mine', theirs: 'seen' }],
  });
});

test('a 412 over other fields is sent again for the new version, with another key', () => {
  const { state } = sending(keeping(seen, 'a', editing({ title: 'mine' }, { title: 'seen' })), 'a');
  const theirs = task({ id: 'a', version: 9, position: 20, title: 'seen', priority: 'high' });
  const after = answered(state, 'a', elsewhere(theirs));
  expect(get(after.confirmed, 'task', 'a')?.body?.priority).toBe('high');
  const again = prepare(after, only(after, 'a').id, 'second key').request;
  expect(again?.headers).toMatchObject({ 'If-Match': '"9"', 'Idempotency-Key': 'second key' });
});

test('a 412 over the same field is a conflict, and none where both wrote the same', () => {
  const { state } = sending(keeping(seen, 'a', editing({ title: 'mine' }, { title: 'seen' })), 'a');
  const clash = answered(state, 'a', elsewhere(task({ id: 'a', version: 9, position: 20, title: 'theirs' })));
  expect(only(clash, 'a').standing.is).toBe('conflict');
  const alike = answered(state, 'a', elsewhere(task({ id: 'a', version: 9, position: 20, title: 'mine' })));
  expect(alike.queue).toEqual([]);
});

test.each<[Action['do'], object]>([
  ['complete', { status: 'done' }],
  ['skip', { status: 'skipped' }],
  ['reopen', { status: 'open' }],
  ['delete', { status: 'open', deleted: true }],
])('after a 412 a %s is over if it is so, and sent again if not', (verb, so) => {
  const action = { do: verb, kind: 'task', ...(verb === 'delete' ? { scope: null } : {}) } as Action;
  const { state } = sending(keeping(seen, 'a', action), 'a');
  const as = (parts: object) => elsewhere({ ...task({ id: 'a', version: 9, position: 20 }), ...parts });
  expect(answered(state, 'a', as(so)).queue).toEqual([]);
  expect(only(answered(state, 'a', as({ status: 'other' })), 'a')).toMatchObject({
    sent: null,
    theirs: { version: 9 },
  });
});

test('an edit that was typed over one before it does not clash with what the server made of that', () => {
  const first = sending(keeping(seen, 'a', editing({ title: 'one' }, { title: 'seen' })), 'a').state;
  const second = keeping(
    first,
    'a',
    editing({ title: 'two', priority: 'low' }, { title: 'one', priority: 'normal' }),
    'second',
  );
  const [change] = second.queue;
  const body = task({ id: 'a', version: 4, position: 8, title: 'One', priority: 'high' });
  const after = apply(second, settle(second, change?.id ?? '', done(body), 1));
  // The server wrote the title in another way, which is ours; the priority is another device's.
  expect(sending(after, 'a').state.queue[0]?.standing).toMatchObject({
    clashes: [{ field: 'priority', mine: 'low', theirs: 'high' }],
  });
});

test('what the server calls otherwise is called so by all that waits', () => {
  const create: Action = { do: 'create', kind: 'project', body: { name: 'Garden' } };
  const inside: Action = { do: 'create', kind: 'task', body: { id: 'b', title: 'dig', project_id: 'local' } };
  const state = keeping(keeping(seen, 'local', create), 'b', inside);
  const after = answered(state, 'local', done(project({ id: 'given', position: 8 })));
  expect(only(after, 'b').action).toMatchObject({ body: { project_id: 'given' } });
  expect(after.aliases.get('local')).toBe('given');
  expect(get(after.confirmed, 'project', 'given')?.body?.name).toBe('Garden');
});

test('a project of the same name takes the place of the one that was made here', () => {
  const state = keeping(seen, 'local', { do: 'create', kind: 'project', body: { name: 'Garden' } });
  const after = answered(state, 'local', { is: 'exists', id: 'given', problem: { ...PROBLEM, status: 409 } });
  expect(after.queue).toEqual([]);
  expect(after.aliases.get('local')).toBe('given');
});

test('what was to go into something that was refused is sent without it, and what was to change it is refused, too', () => {
  const create: Action = { do: 'create', kind: 'project', body: { name: '' } };
  const inside: Action = { do: 'create', kind: 'task', body: { id: 'b', title: 'dig', project_id: 'local' } };
  const rename: Action = { do: 'delete', kind: 'project', scope: null };
  const state = keeping(keeping(keeping(seen, 'local', create, 'first'), 'b', inside), 'local', rename, 'third');
  const after = apply(state, settle(state, 'first', { is: 'refused', problem: PROBLEM }, 1));
  expect(only(after, 'b').action).toMatchObject({ body: { title: 'dig', project_id: null } });
  expect(after.queue.filter(({ target }) => target === 'local').map(({ standing }) => standing.is)).toEqual([
    'refused',
    'refused',
  ]);
});

test('what was deleted is gone at once, also when the server says that it was before', () => {
  const action: Action = { do: 'delete', kind: 'task', scope: null };
  for (const [version, position] of [
    [4, 8],
    [null, null],
  ] as const) {
    const { state } = sending(keeping(seen, 'a', action), 'a');
    const after = answered(state, 'a', { is: 'done', body: null, version, position });
    expect(get(after.confirmed, 'task', 'a')).toMatchObject({ deleted: true, version: 4 });
  }
});

test('of what is not held the server has to tell the version', () => {
  const { request } = sending(keeping(seen, 'unknown', { do: 'complete', kind: 'task' }), 'unknown');
  expect(request?.headers['If-Match']).toBe('"0"');
});
