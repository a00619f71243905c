// Sign-in as a whole, over a real Postgres.
import { getMigrations } from 'better-auth/db/migration';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { authOptions } from './options';
import { noDatabase } from './testing/database';
import { type Browser, openWorld, ORIGIN, PASSWORD, type World } from './testing/world';

const TokenAnswer = z.object({ token: z.string() });
const Keys = z.custom<JSONWebKeySet>((value) => typeof value === 'object');

describe.skipIf(noDatabase)('signing in', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.drop());

  const newEmail = () => `person-${++people}@example.com`;
  /** Of the last mail to this address. */
  const linkTo = (email: string) => {
    const mail = world.sent.findLast(({ to }) => to === email);
    return new URL(/https:\S+/.exec(mail?.mail.text ?? '')?.[0] ?? 'no mail was sent');
  };
  const confirm = (browser: Browser, email: string) =>
    browser.get(`/verify-email?token=${linkTo(email).searchParams.get('token') ?? ''}`);
  const newPerson = async () => {
    const [browser, email] = [world.browser(), newEmail()];
    await browser.post('/sign-up/email', { name: 'Ada', email, password: PASSWORD });
    await confirm(browser, email);
    return { browser, email };
  };
  const tokenOf = async (browser: Browser) => TokenAnswer.parse(await (await browser.get('/token')).json()).token;

  test('the migration holds what Better Auth wants, and nothing is missing', async () => {
    const wanted = await getMigrations(authOptions(world.config, world.pool, () => Promise.resolve()));
    expect(wanted.toBeCreated).toEqual([]);
    expect(wanted.toBeAdded).toEqual([]);
    expect(wanted.toBeAddedIndexes).toEqual([]);
    expect(wanted.schemaProblems).toEqual([]);
  });

  test('one signs up, confirms the address, and only then signs in', async () => {
    const [browser, email] = [world.browser(), newEmail()];
    const signedUp = await browser.post('/sign-up/email', { name: 'Ada', email, password: PASSWORD });
    expect(signedUp.status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.signIn(email)).status).toBe(403);
    expect(linkTo(email).pathname).toBe('/verify-email');
    expect((await confirm(browser, email)).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.signIn(email)).status).toBe(200);
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-taskwire.known', '__Host-taskwire.session']);
    expect(browser.setCookies).toHaveLength(2);
    browser.setCookies.forEach((cookie) => {
      expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      expect(cookie).not.toMatch(/Domain/);
    });
  });

  test('where no mail can be sent, one is signed in at once', async () => {
    const local = await openWorld({ mail: null, localStack: true });
    try {
      const browser = local.browser();
      await browser.post('/sign-up/email', { name: 'Ada', email: newEmail(), password: PASSWORD });
      expect((await browser.get('/token')).status).toBe(200);
    } finally {
      await local.drop();
    }
  });

  test('signing up again with an address tells nothing here, and a mail tells its owner', async () => {
    const { email } = await newPerson();
    const body = { name: 'Eve', email, password: PASSWORD };
    const taken = await world.browser().post('/sign-up/email', body);
    const free = await world.browser().post('/sign-up/email', { ...body, email: newEmail() });
    expect(taken.status).toBe(free.status);
    const keys = async (answer: Response) => Object.keys(z.looseObject({}).parse(await answer.json())).sort();
    expect(await keys(taken)).toEqual(await keys(free));
    expect(world.sent.findLast(({ to }) => to === email)?.mail.subject).toMatch(/already have/);
  });

  test('a password of eleven characters is too short', async () => {
    const answer = await world
      .browser()
      .post('/sign-up/email', { name: 'Ada', email: newEmail(), password: 'elevenchars' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'PASSWORD_TOO_SHORT' });
  });

  test('a token says who and from which session, and nothing else, for ten minutes', async () => {
    const { browser, email } = await newPerson();
    await browser.signIn(email);
    const token = await tokenOf(browser);
    const keys = createLocalJWKSet(Keys.parse(await (await browser.get('/jwks')).json()));
    const { payload } = await jwtVerify(token, keys, { issuer: ORIGIN, audience: 'taskwire', algorithms: ['EdDSA'] });
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    const row = await world.pool.query<{ user: string; session: string }>(
      'SELECT u.id AS "user", s.id AS session FROM "user" u JOIN session s ON s.user_id = u.id WHERE email = $1',
      [email],
    );
    expect([payload.sub, payload.sid]).toEqual([row.rows[0]?.user, row.rows[0]?.session]);
    expect(decodeProtectedHeader(token).alg).toBe('EdDSA');
  });

  test('the private key lies encrypted in the database', async () => {
    await world.browser().get('/jwks');
    const rows = await world.pool.query<{ private_key: string; public_key: string }>('SELECT * FROM jwks');
    expect(rows.rows.map((row) => JSON.parse(row.public_key) as unknown)).toContainEqual(
      expect.objectContaining({ kty: 'OKP', crv: 'Ed25519' }),
    );
    rows.rows.forEach((row) => expect(row.private_key).not.toMatch(/"d"|kty/));
  });

  test('without a session there is no token', async () => {
    expect((await world.browser().get('/token')).status).toBe(401);
  });

  test('a wrong password and an unknown address are refused alike', async () => {
    const { email } = await newPerson();
    const wrong = await world.browser().signIn(email, 'not the password');
    const unknown = await world.browser().signIn(newEmail(), 'not the password');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
  });

  test('after sign-out the session gets no token, not even by its old cookie', async () => {
    const { browser, email } = await newPerson();
    await browser.signIn(email);
    const before = new Map(browser.cookies);
    expect((await browser.post('/sign-out')).status).toBe(200);
    expect([...browser.cookies.keys()]).toEqual(['__Host-taskwire.known']);
    before.forEach((value, name) => browser.cookies.set(name, value));
    expect((await browser.get('/token')).status).toBe(401);
  });

  test('signing out everywhere ends the sessions of all browsers', async () => {
    const { browser, email } = await newPerson();
    const other = world.browser();
    await browser.signIn(email);
    await other.signIn(email);
    expect((await other.get('/token')).status).toBe(200);
    expect((await browser.post('/revoke-sessions')).status).toBe(200);
    expect((await other.get('/token')).status).toBe(401);
    expect((await browser.get('/token')).status).toBe(401);
  });

  test('a new password ends all sessions, and the link is good once', async () => {
    const { browser, email } = await newPerson();
    await browser.signIn(email);
    await world.browser().post('/request-password-reset', { email });
    const body = { token: linkTo(email).searchParams.get('token'), newPassword: 'another long password' };
    expect((await world.browser().post('/reset-password', body)).status).toBe(200);
    expect((await browser.get('/token')).status).toBe(401);
    expect((await world.browser().post('/reset-password', body)).status).toBe(400);
    expect((await browser.signIn(email)).status).toBe(401);
    expect((await browser.signIn(email, body.newPassword)).status).toBe(200);
  });

  test('asking for a new password tells nothing about who has an account', async () => {
    const { email } = await newPerson();
    const known = await world.browser().post('/request-password-reset', { email });
    const unknown = await world.browser().post('/request-password-reset', { email: newEmail() });
    expect(await known.json()).toEqual(await unknown.json());
  });

  test('another origin is refused, with a cookie and without', async () => {
    const { browser, email } = await newPerson();
    const evil = { origin: 'https://evil.example' };
    const signIn = await world.browser().post('/sign-in/email', { email, password: PASSWORD }, evil);
    expect(signIn.status).toBe(403);
    await browser.signIn(email);
    expect((await browser.post('/sign-out', {}, evil)).status).toBe(403);
    expect((await browser.get('/token')).status).toBe(200);
  });

  test('no link leads out of this origin', async () => {
    const { browser, email } = await newPerson();
    for (const target of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const reset = await browser.post('/request-password-reset', { email: newEmail(), redirectTo: target });
      expect(reset.status, target).toBe(403);
      const signIn = await browser.post('/sign-in/email', { email, password: PASSWORD, callbackURL: target });
      expect(signIn.status, target).toBe(403);
      const verify = await browser.get(`/verify-email?token=x&callbackURL=${encodeURIComponent(target)}`);
      expect(verify.status, target).toBe(403);
    }
  });
});
