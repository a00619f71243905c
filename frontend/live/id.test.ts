import { expect, test } from 'vitest';

import { newId } from './id';

test('an id is a UUID of version 7 whose text begins with the time', () => {
  const id = newId({ now: () => 0x0193a1b2c3d4, bytes: (count) => new Uint8Array(count).fill(0xff) });
  expect(id).toBe('0193a1b2-c3d4-7fff-bfff-ffffffffffff');
  expect(newId({ now: () => 1, bytes: (count) => new Uint8Array(count) })).toBe('00000000-0001-7000-8000-000000000000');
});
