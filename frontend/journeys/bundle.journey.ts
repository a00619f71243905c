// What is sent to browsers: no secret, and nothing of what only the server needs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const BUILT = join(import.meta.dirname, '../.next/static');

/** Names that only server code has a reason to know, and beginnings of what would be a secret. */
const SERVER_ONLY = [
  'AUTH_SECRET',
  'DATABASE_URL',
  'SMTP_URL',
  'CLIENT_SECRET',
  'TASKWIRE_FRONTEND_PASSWORD',
  'postgres://',
  'PRIVATE KEY',
  'INSERT INTO auth',
  'createHmac',
];

/** The secrets of this very stack, where the environment holds them. */
const SECRETS = ['AUTH_SECRET', 'DATABASE_URL', 'GOOGLE_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET'].flatMap((name) => {
  const value = process.env[name];
  return value === undefined || value === '' ? [] : [value];
});

describe('the build', () => {
  const names = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|css|json|map)$/.test(name),
  );

  test('has files to look into', () => {
    expect(names.length).toBeGreaterThan(5);
  });

  test.each([...SERVER_ONLY, ...SECRETS].map((text, index) => [index, text]))(
    'does not hold secret or name %i',
    (_, text) => {
      const found = names.filter((name) => readFileSync(join(BUILT, name), 'utf8').includes(text));
      expect(found).toEqual([]);
    },
  );

  test('has no source maps, which would show our sources', () => {
    expect(names.filter((name) => name.endsWith('.map'))).toEqual([]);
  });
});
