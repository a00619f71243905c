import { describe, expect, test } from 'vitest';

import { configFrom } from './config';
import { contentSecurityPolicy } from './csp';

const config = configFrom({
  API_URL: 'http://127.0.0.1:8080',
  NOTIFICATION_URL: 'http://127.0.0.1:8081/',
  AUDIT_URL: 'http://127.0.0.1:8080',
  WS_URL: 'ws://127.0.0.1:8083',
});

function directives(policy: string): Map<string, string[]> {
  return new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );
}

describe('the Content-Security-Policy', () => {
  const policy = directives(contentSecurityPolicy({ nonce: 'abc', config }));

  test('lets scripts run by nonce alone', () => {
    expect(policy.get('script-src')).toEqual(["'nonce-abc'", "'strict-dynamic'"]);
  });

  test('lets a page talk to itself and to the configured services, each once', () => {
    expect(policy.get('connect-src')).toEqual([
      "'self'",
      'http://127.0.0.1:8080',
      'http://127.0.0.1:8081',
      'ws://127.0.0.1:8083',
    ]);
    const behindOneOrigin = directives(contentSecurityPolicy({ nonce: 'abc', config: configFrom({}) }));
    expect(behindOneOrigin.get('connect-src')).toEqual(["'self'"]);
  });

  test.each(['object-src', 'frame-src', 'frame-ancestors', 'base-uri'])('allows nothing for %s', (name) => {
    expect(policy.get(name)).toEqual(["'none'"]);
  });

  test('has `unsafe` for style attributes and for nothing else', () => {
    const unsafe = [...policy].filter(([, sources]) => sources.some((source) => source.includes('unsafe')));
    expect(unsafe).toEqual([['style-src-attr', ["'unsafe-inline'"]]]);
  });

  test('names no directive twice, and no other host', () => {
    const names = contentSecurityPolicy({ nonce: 'abc', config })
      .split('; ')
      .map((directive) => directive.split(' ')[0]);
    expect(new Set(names).size).toBe(names.length);
    expect([...policy.values()].flat()).not.toContain('*');
    expect([...policy.values()].flat()).not.toContain('https:');
  });

  test('allows evaluation for `next dev` only', () => {
    const development = directives(contentSecurityPolicy({ nonce: 'abc', config, development: true }));
    expect(development.get('script-src')).toContain("'unsafe-eval'");
  });
});
