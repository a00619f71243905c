import { describe, expect, test } from 'vitest';

import { ConfigError, serverConfigFrom } from './server';

const LOCAL = {
  FRONTEND_URL: 'http://localhost:3000',
  LOCAL_STACK: 'true',
  DATABASE_URL: 'postgres://taskwire_frontend:secret@127.0.0.1/taskwire',
  AUTH_SECRET: 'x'.repeat(32),
};
const PRODUCTION = {
  ...LOCAL,
  LOCAL_STACK: 'false',
  FRONTEND_URL: 'https://tasks.example',
  TRUSTED_PROXIES: '1',
  SMTP_URL: 'smtps://user:password@mail.example:465',
  MAIL_FROM: 'Taskwire <tasks@tasks.example>',
};

/** What is said about an environment, by variable. */
function complaints(env: Record<string, string | undefined>): Record<string, string> {
  try {
    serverConfigFrom(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split('\n').map((line) => /^(\w+): (.*)$/.exec(line) ?? []);
    return Object.fromEntries(lines.map(([, name = '', message = '']) => [name, message]));
  }
  return {};
}

describe('the configuration of the server', () => {
  test('of a local stack needs an address, a database and a secret', () => {
    expect(serverConfigFrom(LOCAL)).toEqual({
      origin: 'http://localhost:3000',
      localStack: true,
      databaseUrl: LOCAL.DATABASE_URL,
      secret: LOCAL.AUTH_SECRET,
      audience: 'taskwire',
      proxies: 0,
      mail: null,
      google: null,
      github: null,
      signInsPerMinute: 10_000,
      signUpsPerMinute: 10_000,
    });
  });

  test('of production is taken as it stands', () => {
    const { origin, proxies, mail, signInsPerMinute, signUpsPerMinute } = serverConfigFrom(PRODUCTION);
    expect({ origin, proxies }).toEqual({ origin: 'https://tasks.example', proxies: 1 });
    expect({ signInsPerMinute, signUpsPerMinute }).toEqual({ signInsPerMinute: 30, signUpsPerMinute: 10 });
    expect(mail).toEqual({ url: PRODUCTION.SMTP_URL, from: PRODUCTION.MAIL_FROM });
  });

  test('names everything that is missing at once', () => {
    expect(Object.keys(complaints({})).sort()).toEqual(['AUTH_SECRET', 'DATABASE_URL', 'FRONTEND_URL']);
  });

  test.each([
    ['a missing secret', { AUTH_SECRET: undefined }, 'AUTH_SECRET', /32 random characters/],
    ['an empty secret', { AUTH_SECRET: '' }, 'AUTH_SECRET', /32 random characters/],
    ['a short secret', { AUTH_SECRET: 'x'.repeat(31) }, 'AUTH_SECRET', /openssl/],
    ['an address with a path', { FRONTEND_URL: 'https://tasks.example/app' }, 'FRONTEND_URL', /host and port alone/],
    ['an address of another kind', { FRONTEND_URL: 'ftp://tasks.example' }, 'FRONTEND_URL', /address where people/],
    ['an address without TLS', { FRONTEND_URL: 'http://tasks.example' }, 'FRONTEND_URL', /https/],
    ['no mail', { SMTP_URL: undefined }, 'SMTP_URL', /without mail/],
    ['mail without a sender', { MAIL_FROM: undefined }, 'MAIL_FROM', /sender/],
    ['proxies that are not told', { TRUSTED_PROXIES: undefined }, 'TRUSTED_PROXIES', /number of proxies/],
    ['proxies that are no number', { TRUSTED_PROXIES: '10.0.0.0/8' }, 'TRUSTED_PROXIES', /number of proxies/],
    ['half of a provider', { GOOGLE_CLIENT_ID: 'id' }, 'GOOGLE_CLIENT_SECRET', /both/],
    ['the other half', { GITHUB_CLIENT_SECRET: 'secret' }, 'GITHUB_CLIENT_ID', /both/],
    ['a limit of nothing', { SIGN_INS_PER_MINUTE: '0' }, 'SIGN_INS_PER_MINUTE', /whole number/],
    ['another database', { DATABASE_URL: 'mysql://host/db' }, 'DATABASE_URL', /postgres:/],
    ['an unclear stack', { LOCAL_STACK: 'yes' }, 'LOCAL_STACK', /true/],
  ])('in production refuses %s, naming it and the way out', (_, changed, name, message) => {
    const said = complaints({ ...PRODUCTION, ...changed });
    expect(Object.keys(said)).toEqual([name]);
    expect(said[name]).toMatch(message);
  });

  test('says nothing of what a secret is', () => {
    const said = JSON.stringify(complaints({ ...PRODUCTION, AUTH_SECRET: 'too-short-but-real' }));
    expect(said).not.toContain('too-short-but-real');
  });
});
