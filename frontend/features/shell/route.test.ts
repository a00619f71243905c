import { describe, expect, it } from 'vitest';

import { parseRoute, pathOf } from './route';

const ID = '0193a1b2-4444-7000-8000-000000000001';

describe('an address', () => {
  it.each(['/today', '/upcoming', '/all', '/inbox', '/search', '/notifications', `/projects/${ID}`, `/tags/${ID}`])(
    '%s comes back as it was',
    (path) => {
      const route = parseRoute(path);
      expect(route === null ? null : pathOf(route)).toBe(path);
    },
  );

  it.each(['/', '/nowhere', '/projects', '/projects/x', `/projects/${ID}/x`, `/constructor/${ID}`, '/today/x'])(
    '%s shows no list',
    (path) => expect(parseRoute(path)).toBeNull(),
  );
});
