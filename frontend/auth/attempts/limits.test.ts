// The limits against guessing, over a real Postgres.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { noDatabase } from '../testing/database';
import { openWorld, PASSWORD, type World } from '../testing/world';
import { LIMITS } from './limits';

const Refusal = z.object({ code: z.literal('TOO_MANY_ATTEMPTS'), message: z.string(), retryAfter: z.number() });
const WRONG = 'not the password';

describe.skipIf(noDatabase)('limits', () => {
  let world: World;
  const email = 'ada@example.com';

  beforeAll(async () => {
    world = await openWorld({ mail: null, localStack: true });
    await world.browser().post('/sign-up/email', { name: 'Ada', email, password: PASSWORD });
  });
  beforeEach(() => world.pool.query('DELETE FROM attempt; DELETE FROM rate_limit'));
  afterAll(() => world.drop());

  /** An attacker with as many network addresses as tries. */
  const tryFromEverywhere = (tries: number, account = email, first = 1) =>
    Promise.all(
      Array.from({ length: tries }, (_, index) => world.browser(`198.51.100.${first + index}`).signIn(account, WRONG)),
    );
  const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status).sort();
  /** As if so much time had gone by. */
  const goBack = (seconds: number) =>
    world.pool.query(
      `UPDATE attempt SET last_at = last_at - make_interval(secs => $1),
                          blocked_until = blocked_until - make_interval(secs => $1)`,
      [seconds],
    );

  test('many tries at once on one account get through as often as one after another', async () => {
    const answers = await tryFromEverywhere(20);
    expect(statuses(answers)).toEqual([...Array<number>(5).fill(401), ...Array<number>(15).fill(429)]);
  });

  test('the refusal says how long to wait, and the right password is refused like any', async () => {
    await tryFromEverywhere(5);
    const answer = await world.browser('203.0.113.9').signIn(email);
    expect(answer.status).toBe(429);
    const { retryAfter } = Refusal.parse(await answer.json());
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
  });

  test('an address without an account is refused in the same words', async () => {
    await tryFromEverywhere(5);
    await tryFromEverywhere(5, 'nobody@example.com');
    const known = await world.browser('203.0.113.9').signIn(email, WRONG);
    const unknown = await world.browser('203.0.113.9').signIn('nobody@example.com', WRONG);
    expect(unknown.status).toBe(known.status);
    const [ofKnown, ofUnknown] = [Refusal.parse(await known.json()), Refusal.parse(await unknown.json())];
    expect({ ...ofUnknown, retryAfter: 0 }).toEqual({ ...ofKnown, retryAfter: 0 });
  });

  test('spelling the address in another way does not help', async () => {
    await tryFromEverywhere(5);
    expect((await world.browser().signIn('ADA@Example.com', WRONG)).status).toBe(429);
  });

  test('each wait is longer than the one before, up to a quarter of an hour', async () => {
    await tryFromEverywhere(5);
    const waits: number[] = [];
    for (let round = 0; round < 7; round++) {
      const [refused] = await tryFromEverywhere(1);
      waits.push(Refusal.parse(await refused?.json()).retryAfter);
      await goBack((waits.at(-1) ?? 0) + 1);
      expect(statuses(await tryFromEverywhere(1))).toEqual([401]);
    }
    const { firstWait, longestWait } = LIMITS['sign-in'];
    const wanted = waits.map((_, round) => Math.min(firstWait * 2 ** round, longestWait));
    waits.forEach((wait, round) => {
      expect(wait).toBeLessThanOrEqual(wanted[round] ?? 0);
      expect(wait).toBeGreaterThan((wanted[round] ?? 0) - 5);
    });
  });

  test('the right password after the wait starts anew', async () => {
    await tryFromEverywhere(5);
    await goBack(61);
    expect((await world.browser('203.0.113.9').signIn(email)).status).toBe(200);
    expect(statuses(await tryFromEverywhere(5))).toEqual(Array<number>(5).fill(401));
  });

  test('guessers do not keep out who has signed in with this browser before', async () => {
    const owner = world.browser('203.0.113.9');
    await owner.signIn(email);
    await owner.post('/sign-out');
    await tryFromEverywhere(6);
    expect((await owner.signIn(email)).status).toBe(200);
    expect(statuses(await tryFromEverywhere(1))).toEqual([429]);
  });

  test('a known browser may guess no more often than any, and only the account that it is known for', async () => {
    const known = world.browser('203.0.113.9');
    await known.signIn(email);
    const guess = (account: string) => known.signIn(account, WRONG);
    const own = await Promise.all(Array.from({ length: 8 }, () => guess(email)));
    expect(statuses(own)).toEqual([...Array<number>(5).fill(401), ...Array<number>(3).fill(429)]);
    await tryFromEverywhere(5, 'other@example.com');
    expect((await guess('other@example.com')).status).toBe(429);
  });

  test('a made-up mark makes no browser known', async () => {
    const guesser = world.browser('203.0.113.9');
    await tryFromEverywhere(5);
    guesser.cookies.set('__Host-taskwire.known', 'AAAA.BBBB');
    expect((await guesser.signIn(email, WRONG)).status).toBe(429);
  });

  test('a day without a try starts anew', async () => {
    await tryFromEverywhere(5);
    await goBack(25 * 60 * 60);
    expect(statuses(await tryFromEverywhere(5))).toEqual(Array<number>(5).fill(401));
  });

  test('one network address gets so many sign-ins a minute, whatever accounts it tries', async () => {
    const browser = world.browser('203.0.113.77');
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, index) => browser.signIn(`somebody-${index}@example.com`, WRONG)),
    );
    expect(statuses(answers)).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
    expect((await world.browser('203.0.113.78').signIn('somebody@example.com', WRONG)).status).toBe(401);
  });

  test('what a client writes before its true address in X-Forwarded-For does not help', async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        world.browser(`10.0.0.${index}, 203.0.113.80`).signIn(`somebody-${index}@example.com`, WRONG),
      ),
    );
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(5);
  });

  test('nor does our own header', async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        world
          .browser('203.0.113.81')
          .post(
            '/sign-in/email',
            { email: `somebody-${index}@example.com`, password: WRONG },
            { 'x-taskwire-address': `10.0.0.${index}` },
          ),
      ),
    );
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(5);
  });

  test('asking for mails is limited per account, with one answer for all', async () => {
    const ask = (account: string, from: number) =>
      world.browser(`198.51.100.${from}`).post('/request-password-reset', { email: account });
    for (const account of [email, 'nobody@example.com']) {
      const answers = await Promise.all([1, 2, 3, 4].map((from) => ask(account, from)));
      expect(statuses(answers)).toEqual([200, 200, 200, 429]);
    }
  });

  test('what lies in the table does not name anybody', async () => {
    await tryFromEverywhere(1);
    const rows = await world.pool.query('SELECT * FROM attempt');
    expect(JSON.stringify(rows.rows)).not.toMatch(/ada|example/);
  });
});
