import { expect, test } from 'vitest';

import { bodyOf, clients } from './client';
import { ApiError } from './error';

const CONFIG = { api: 'http://api.test', notifications: 'http://inbox.test', audit: 'http://audit.test', stream: '' };

function api(answer: (request: Request) => Response) {
  const seen: Request[] = [];
  const tokens = { token: () => Promise.resolve({ value: 'secret', userId: 'alice', expiresAt: 0 }) };
  const send = (request: RequestInfo | URL) => {
    const made = new Request(request);
    seen.push(made);
    return Promise.resolve(answer(made));
  };
  return { seen, ...clients(CONFIG, tokens, send) };
}

test('a call goes to its service with the token of the moment and without cookies', async () => {
  const { seen, tasks, notifications } = api(() => Response.json({ items: [], next_cursor: null }));

  await tasks.GET('/v1/tasks', { params: { query: { q: 'rent & more' } } });
  await notifications.GET('/v1/notifications');

  expect(seen.map((request) => request.url)).toEqual([
    'http://api.test/v1/tasks?q=rent%20%26%20more',
    'http://inbox.test/v1/notifications',
  ]);
  expect(seen.map((request) => request.headers.get('Authorization'))).toEqual(['Bearer secret', 'Bearer secret']);
  expect(seen.map((request) => request.credentials)).toEqual(['omit', 'omit']);
});

test('the body of an answer is what was asked for', async () => {
  const { tasks } = api(() =>
    Response.json({ epoch: 1, position: 3, full_resync: false, items: [], next_cursor: null }),
  );

  const page = await bodyOf(tasks.GET('/v1/sync'));

  expect(page.position).toBe(3);
});

test('a problem is thrown with all that it says', async () => {
  const problem = { type: 'urn:taskwire:problem:rate-limited', title: 'too many requests', status: 429 };
  const { tasks } = api(() => new Response(JSON.stringify(problem), { status: 429, headers: { 'Retry-After': '7' } }));

  const error = await tasks.GET('/v1/sync').catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ problem, status: 429, retryAfterMs: 7000, message: 'too many requests' });
});

test('a refusal that is no problem is one of its status', async () => {
  const { tasks } = api(() => new Response('<h1>Bad Gateway</h1>', { status: 502, statusText: 'Bad Gateway' }));

  const error = await tasks.GET('/v1/sync').catch((caught: unknown) => caught);

  expect(error).toMatchObject({
    problem: { type: 'about:blank', title: 'Bad Gateway', status: 502 },
    retryAfterMs: null,
  });
});
