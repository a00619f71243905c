import { expect, test } from 'vitest';

import type { Action } from './change';
import { requestOf } from './request';
import { EMPTY } from './state';
import { editing, keeping, only } from './testing/make';

const sent = { key: 'k', ifMatch: 3 };

test.each<[Action, string]>([
  [{ do: 'create', kind: 'tag', body: { name: 'x' } }, 'POST /v1/tags {"name":"x"}'],
  [editing({ title: 'x' }), 'PATCH /v1/tasks/a {"title":"x"}'],
  [{ do: 'edit', kind: 'task', patch: {}, base: {}, scope: 'following' }, 'PATCH /v1/tasks/a?scope=following {}'],
  [{ do: 'edit', kind: 'settings', patch: {}, base: {}, scope: null }, 'PATCH /v1/me {}'],
  [{ do: 'delete', kind: 'project', scope: null }, 'DELETE /v1/projects/a null'],
  [{ do: 'delete', kind: 'task', scope: 'all' }, 'DELETE /v1/tasks/a?scope=all null'],
  [{ do: 'restore', kind: 'task' }, 'POST /v1/tasks/a/restore null'],
  [{ do: 'move', kind: 'task', place: { before: 'b' } }, 'POST /v1/tasks/a/move {"before":"b"}'],
])('%o is one request', (action, text) => {
  const { method, path, body, headers } = requestOf(only(keeping(EMPTY, 'a', action), 'a'), sent);
  expect(`${method} ${path} ${JSON.stringify(body)}`).toBe(text);
  expect(headers).toMatchObject({ 'Idempotency-Key': 'k', 'If-Match': '"3"' });
});

test('a notification is read at the inbox, which knows no keys and no versions', () => {
  const change = only(keeping(EMPTY, 'n', { do: 'read', kind: 'notification' }), 'n');
  const request = requestOf(change, { key: 'k', ifMatch: null });
  expect(request).toMatchObject({
    service: 'notifications',
    method: 'POST',
    path: '/v1/notifications/n/read',
    headers: {},
  });
});
