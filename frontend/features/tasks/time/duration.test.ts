import { describe, expect, it } from 'vitest';

import { beforeText, durationText } from './duration';
import { fieldsOf, momentFrom } from './moment';

describe('a duration', () => {
  it.each([
    ['PT0S', null],
    ['PT30M', '30 minutes'],
    ['PT1H', '1 hour'],
    ['PT1H30M', '1 hour 30 minutes'],
    ['P1D', '1 day'],
    ['P2W', '2 weeks'],
    ['P1DT2H', '1 day 2 hours'],
    ['soon', null],
  ])('%s is %j', (duration, text) => expect(durationText(duration)).toBe(text));

  it('says what it counts from', () => {
    expect(beforeText('PT1H')).toBe('1 hour before it is due');
    expect(beforeText('PT1H', 'start')).toBe('1 hour before it starts');
    expect(beforeText('PT0S')).toBe('When it is due');
  });
});

describe('the fields of a moment', () => {
  it.each([
    { date: '2026-12-01', timezone: 'Asia/Tokyo' },
    { datetime: '2026-12-01T09:30:00', timezone: 'Europe/Berlin' },
  ])('hold it', (moment) => expect(momentFrom(fieldsOf(moment, 'UTC'))).toEqual(moment));

  it('are empty without one', () => expect(momentFrom(fieldsOf(null, 'UTC'))).toBeNull());
});
