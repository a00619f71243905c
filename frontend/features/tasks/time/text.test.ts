import { describe, expect, it } from 'vitest';

import { dayText, longDayText, momentText } from './text';

const clock = { now: Date.parse('2026-11-23T09:00:00Z'), zone: 'Europe/Berlin' };

describe('a day', () => {
  it.each([
    ['2026-11-22', 'Yesterday'],
    ['2026-11-23', 'Today'],
    ['2026-11-24', 'Tomorrow'],
    ['2026-11-27', 'Friday'],
  ])('%s is %s', (day, text) => expect(dayText(day, '2026-11-23')).toBe(text));

  it('says the year when it is another one', () => {
    expect(dayText('2027-01-01', '2026-11-23')).toContain('2027');
    expect(dayText('2026-12-24', '2026-11-23')).not.toContain('2026');
    expect(longDayText('2027-01-01', '2026-11-23')).toContain('2027');
  });
});

describe('a moment', () => {
  it('is told in the zone of the person', () => {
    const tokyo = { datetime: '2026-11-24T05:00:00', timezone: 'Asia/Tokyo' };
    expect(momentText(tokyo, clock)).toMatch(/^Today, .*9.00|^Today, 21.00/);
    expect(momentText({ date: '2026-11-24', timezone: 'Asia/Tokyo' }, clock)).toBe('Tomorrow');
  });
});
