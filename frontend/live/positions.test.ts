import { expect, test } from 'vitest';

import { sinceOf, stepTo, tokenOf } from './positions';

test('what follows is the next position of the same epoch', () => {
  const known = { epoch: 2, position: 7 };
  const steps = [
    [{ epoch: 2, position: 8 }, 'next'],
    [{ epoch: 2, position: 7 }, 'known'],
    [{ epoch: 2, position: 3 }, 'known'],
    [{ epoch: 1, position: 99 }, 'known'],
    [{ epoch: 2, position: 9 }, 'gap'],
    [{ epoch: 3, position: 8 }, 'gap'],
    [{ epoch: 3, position: 1 }, 'gap'],
  ] as const;
  for (const [event, step] of steps) {
    expect(stepTo(known, event), tokenOf(event)).toBe(step);
  }
  expect(stepTo(null, { epoch: 1, position: 1 })).toBe('gap');
});

test('a connect message names one epoch, the newest', () => {
  expect(sinceOf({ tasks: null, notifications: null })).toBeNull();
  expect(sinceOf({ tasks: { epoch: 1, position: 17 }, notifications: { epoch: 1, position: 4 } })).toEqual({
    epoch: 1,
    tasks: 17,
    notifications: 4,
  });
  expect(sinceOf({ tasks: { epoch: 2, position: 3 }, notifications: { epoch: 1, position: 4 } })).toEqual({
    epoch: 2,
    tasks: 3,
  });
});
