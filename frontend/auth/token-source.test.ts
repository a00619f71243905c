import { describe, expect, test } from 'vitest';

import { SignedOut } from './token';
import { createTokenSource, NoToken } from './token-source';

const START = 1_800_000_000_000;
const LIFE = 600;

/** A server whose answers the test gives, and a clock that it moves. */
function world() {
  const asked: { answer: (response: Response) => void; fail: (error: Error) => void }[] = [];
  const clock = { now: START };
  const source = createTokenSource({
    now: () => clock.now,
    fetch: () => new Promise((answer, fail) => asked.push({ answer, fail })),
  });
  return { asked, clock, source, answer: (name: string) => asked.at(-1)?.answer(token(name)) };
}

/** Issued by a server whose clock is hours ahead of ours. */
function token(name: string): Response {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = START / 1_000 + 7_200;
  const value = `${part({})}.${part({ sub: `user-${name}-ü`, iat: issued, exp: issued + LIFE })}.${name}`;
  return Response.json({ token: value });
}

const nameOf = async (promise: Promise<{ value: string }>) => (await promise).value.split('.').at(-1);

describe('the source of tokens', () => {
  test('says who, and when the token ends by our own clock', async () => {
    const { source, answer } = world();
    const got = source.token();
    answer('a');
    expect(await got).toMatchObject({ userId: 'user-a-ü', expiresAt: START + LIFE * 1_000 });
  });

  test('asks once for many callers at the same time', async () => {
    const { source, asked, answer } = world();
    const got = [source.token(), source.token(), source.token()];
    expect(asked).toHaveLength(1);
    answer('a');
    expect(new Set(await Promise.all(got)).size).toBe(1);
  });

  test('keeps a token until a minute before its end', async () => {
    const { source, asked, clock, answer } = world();
    const first = source.token();
    answer('a');
    await first;
    clock.now = START + (LIFE - 61) * 1_000;
    expect(await nameOf(source.token())).toBe('a');
    expect(asked).toHaveLength(1);
    clock.now = START + (LIFE - 60) * 1_000;
    const second = source.token();
    expect(asked).toHaveLength(2);
    answer('b');
    expect(await nameOf(second)).toBe('b');
  });

  test('tells that the session has ended, and asks again the next time', async () => {
    const { source, asked, answer } = world();
    const ended = source.token();
    asked[0]?.answer(new Response(null, { status: 401 }));
    await expect(ended).rejects.toThrow(SignedOut);
    const later = source.token();
    answer('b');
    expect(await nameOf(later)).toBe('b');
  });

  test('rejects with what the network said while offline, and works again after', async () => {
    const { source, asked, answer } = world();
    const offline = source.token();
    asked[0]?.fail(new TypeError('Failed to fetch'));
    await expect(offline).rejects.toThrow(TypeError);
    const online = source.token();
    answer('a');
    expect(await nameOf(online)).toBe('a');
  });

  test('does not take an outage of the server for the end of the session', async () => {
    const { source, asked } = world();
    const got = source.token();
    asked[0]?.answer(new Response(null, { status: 503 }));
    await expect(got).rejects.toThrow(NoToken);
  });

  test.each([
    ['nothing', {}],
    ['no token', { token: 1 }],
    ['a token without claims', { token: `x.${Buffer.from('{}').toString('base64url')}.x` }],
  ])('rejects when the server answers with %s', async (_, body) => {
    const { source, asked } = world();
    const got = source.token();
    asked[0]?.answer(Response.json(body));
    await expect(got).rejects.toThrow(NoToken);
  });

  test('never gives out what was asked for before somebody signed out', async () => {
    const { source, asked } = world();
    const before = source.token();
    source.forget();
    const after = source.token();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(token('new'));
    expect(await nameOf(after)).toBe('new');
    asked[0]?.answer(token('old'));
    await before;
    expect(await nameOf(source.token())).toBe('new');
  });
});
