import { describe, expect, test } from 'vitest';

import { clientAddress } from './addresses';
import { guarded } from './handler';

describe('the address of a client', () => {
  test.each([
    ['no header', null, 1, undefined],
    ['no proxy', '192.0.2.1', 0, undefined],
    ['one proxy', '192.0.2.1', 1, '192.0.2.1'],
    ['one proxy and a client that writes its own', '10.0.0.1, 192.0.2.1', 1, '192.0.2.1'],
    ['two proxies', '10.0.0.1, 192.0.2.1, 203.0.113.1', 2, '192.0.2.1'],
    ['fewer entries than proxies', '192.0.2.1', 2, undefined],
    ['an empty entry', '192.0.2.1, ', 1, undefined],
  ])('with %s', (_, header, proxies, address) => {
    expect(clientAddress(header, proxies)).toBe(address);
  });
});

describe('what is let through to Better Auth', () => {
  const seen: Request[] = [];
  const handle = guarded(
    (request) => {
      seen.push(request);
      return Promise.resolve(new Response('passed'));
    },
    'https://tasks.example',
    1,
  );
  const ask = (path: string, init: RequestInit = {}) => handle(new Request(`https://tasks.example${path}`, init));
  const body = (text: string) => ({
    method: 'POST',
    body: text,
    headers: { 'content-length': String(text.length) },
  });

  test.each([
    ['GET', '/api/auth/get-session'],
    ['GET', '/api/auth/list-sessions'],
    ['POST', '/api/auth/update-user'],
    ['POST', '/api/auth/delete-user'],
    ['GET', '/api/auth/sign-in/email'],
    ['POST', '/api/auth/token'],
    ['PUT', '/api/auth/sign-in/email'],
    ['GET', '/api/auth/token/'],
    ['GET', '/api/auth//token'],
    ['GET', '/api/auth/callback/apple'],
  ])('%s %s is not', async (method, path) => {
    const before = seen.length;
    expect((await ask(path, { method })).status).toBe(404);
    expect(seen).toHaveLength(before);
  });

  test('a small request is, and its answer is kept nowhere', async () => {
    const answer = await ask('/api/auth/sign-in/email', body('{}'));
    expect(await answer.text()).toBe('passed');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('one that a page of another site sends is not, with a cookie or without', async () => {
    const sent = body('{}');
    const from = (origin: string) =>
      ask('/api/auth/request-password-reset', { ...sent, headers: { ...sent.headers, origin } });
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await from('null')).status).toBe(403);
    expect((await from('https://tasks.example')).status).toBe(200);
  });

  test('a large one is not, nor one that does not say how large it is', async () => {
    expect((await ask('/api/auth/sign-in/email', body('x'.repeat(16 * 1024 + 1)))).status).toBe(413);
    expect((await ask('/api/auth/sign-in/email', { method: 'POST', body: '{}' })).status).toBe(413);
  });

  test('the address comes from the proxy, whatever the client says', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.1, 192.0.2.1', 'x-taskwire-address': '10.0.0.2' };
    await ask('/api/auth/token', { headers });
    expect(seen.at(-1)?.headers.get('x-taskwire-address')).toBe('192.0.2.1');
  });
});
