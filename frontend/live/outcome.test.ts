import { expect, test } from 'vitest';

import type { Action } from './change';
import { outcomeOf } from './outcome';
import { editing } from './testing/make';

const complete: Action = { do: 'complete', kind: 'task' };
const remove: Action = { do: 'delete', kind: 'task', scope: null };
const create = (kind: 'task' | 'tag' | 'project' | 'filter'): Action => ({ do: 'create', kind, body: {} });

function said(action: Action, status: number, name = 'any', more: object = {}, retryAfterMs: number | null = null) {
  const problem = { type: `urn:taskwire:problem:${name}`, title: name, status, ...more };
  return outcomeOf(action, { is: 'problem', problem, retryAfterMs });
}

test('nobody knows what became of a request without an answer', () => {
  expect(outcomeOf(complete, { is: 'lost' })).toEqual({ is: 'later', afterMs: null, waits: 'everything' });
});

test.each([408, 425, 429, 502, 503, 504])('%i is to be tried again, when the service says', (status) => {
  expect(said(complete, status, 'any', {}, 7000)).toEqual({ is: 'later', afterMs: 7000, waits: 'everything' });
});

test('a failure of the service holds back only what it fails on', () => {
  expect(said(complete, 500)).toMatchObject({ is: 'later', waits: 'this' });
  expect(said(complete, 409, 'idempotency-key-in-flight', {}, 1000)).toEqual({
    is: 'later',
    waits: 'this',
    afterMs: 1000,
  });
});

test('a token that is not taken is to be another one', () => {
  expect(said(complete, 401)).toEqual({ is: 'token' });
});

test('another version is told with what it is', () => {
  const more = { current: { id: 'a', title: 'theirs' }, current_version: 4 };
  expect(said(editing({}), 412, 'version-mismatch', more)).toEqual({
    is: 'changed',
    theirs: { version: 4, body: more.current },
  });
});

test('what is not there is deleted already, and cannot be anything else', () => {
  expect(said(remove, 404)).toMatchObject({ is: 'done', body: null });
  expect(said({ do: 'read', kind: 'notification' }, 404)).toMatchObject({ is: 'done' });
  expect(said(complete, 404)).toMatchObject({ is: 'refused', problem: { status: 404 } });
});

test('a namesake tells its id', () => {
  expect(said(create('tag'), 409, 'tag-exists', { tag_id: 't' })).toMatchObject({ is: 'exists', id: 't' });
  expect(said(create('project'), 409, 'project-exists', { project_id: 'p' })).toMatchObject({ is: 'exists', id: 'p' });
  expect(said(create('tag'), 409, 'too-many-tags')).toMatchObject({ is: 'refused' });
  const rename: Action = { do: 'edit', kind: 'tag', patch: {}, base: {}, scope: null };
  expect(said(rename, 409, 'tag-exists', { tag_id: 't' })).toMatchObject({ is: 'refused' });
});

test.each([400, 403, 409, 413, 415, 422])('%i is for good', (status) => {
  expect(said(complete, status)).toMatchObject({ is: 'refused', problem: { status } });
});
