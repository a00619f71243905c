import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { HOME, returnPath } from './return-path';

describe('the way back after signing in', () => {
  test.each(['/upcoming', '/projects/1?done=1#top', '/today', '/'])('leads to %s', (path) => {
    expect(returnPath(path)).toBe(path);
  });

  test.each([
    undefined,
    '',
    ['/a', '/b'],
    'today',
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/%2e//evil.example',
    '/a/..//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/api/auth/sign-out',
    '/sign-in?next=/sign-in',
    '/a/../sign-up',
  ])('leads home instead of to %j', (path) => {
    expect(returnPath(path)).toBe(HOME);
  });

  test('never leads to another origin', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '\t',
      '\n',
      '@',
      ':',
      '%2f',
      'evil.example',
      'https:',
      '?',
      '#',
    );
    const here = 'https://tasks.example';
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        const target = new URL(returnPath(parts.join('')), here);
        expect(target.origin).toBe(here);
      }),
    );
  });
});
