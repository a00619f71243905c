import { expect, test } from 'vitest';

import { instantOf, momentAfter } from './moment';

test('a date takes the place of a time, and the other way round', () => {
  const noon = { datetime: '2026-12-01T12:00:00', timezone: 'Europe/Berlin' };
  expect(momentAfter(noon, { date: '2026-12-02' }, null)).toEqual({ date: '2026-12-02', timezone: 'Europe/Berlin' });
  expect(momentAfter(noon, { timezone: 'Asia/Tokyo' }, null)).toEqual({ ...noon, timezone: 'Asia/Tokyo' });
  expect(momentAfter(null, { date: '2026-12-02' }, 'Asia/Tokyo')).toEqual({
    date: '2026-12-02',
    timezone: 'Asia/Tokyo',
  });
  expect(momentAfter(noon, null, null)).toBeNull();
});

test('a whole day is due at its end, also when the clocks change on it', () => {
  expect(instantOf({ date: '2026-10-25', timezone: 'Europe/Berlin' })).toBe('2026-10-25T23:00:00Z');
  expect(instantOf({ date: '2026-03-29', timezone: 'Europe/Berlin' })).toBe('2026-03-29T22:00:00Z');
  expect(instantOf({ datetime: '2026-12-01T09:00:00', timezone: 'Europe/Berlin' })).toBe('2026-12-01T08:00:00Z');
  expect(instantOf(null)).toBeNull();
});
