import { describe, expect, test } from 'vitest';

import { signIn as words } from '@/words/sign-in';

import { failureOf } from './failure';

const headers = (entries: Record<string, string> = {}) => new Headers(entries);

describe('a refusal', () => {
  test('that belongs to a field names it', () => {
    expect(failureOf(400, headers(), { code: 'PASSWORD_TOO_SHORT' })).toMatchObject({
      message: words.failed.short,
      field: 'password',
    });
  });

  test('of address or password does not say which of them', () => {
    expect(failureOf(401, headers(), { code: 'INVALID_EMAIL_OR_PASSWORD' })).toMatchObject({
      message: words.failed.credentials,
      field: null,
    });
  });

  test.each([
    ['of an account', headers({ 'Retry-After': '61' }), '61 seconds'],
    ['of an account, longer', headers({ 'Retry-After': '841' }), '15 minutes'],
    ['of a network address', headers({ 'X-Retry-After': '1' }), '1 second'],
    ['that does not say', headers(), '60 seconds'],
  ])('for too many tries %s says how long to wait', (_, said, wait) => {
    expect(failureOf(429, said, {}).message).toBe(`Too many attempts. Try again in ${wait}.`);
  });

  test.each([null, 'text', {}, { code: 7 }, { code: 'SOMETHING_NEW' }])('of %j is told in general words', (body) => {
    expect(failureOf(500, headers(), body).message).toBe(words.failed.server);
  });
});
