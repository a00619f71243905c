import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';

import { addDays, dayAt, dayOf, daysBetween, dueAt, instantAt, nextWeekday, wallTimeAt } from './zone';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Santiago'];
const instants = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2035, 0, 1) });
const zones = fc.constantFrom(...ZONES);

describe('wall times', () => {
  it('are those that Luxon tells, at any instant in any zone', () => {
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const told = DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
        expect(wallTimeAt(instant, zone)).toBe(told);
      }),
    );
  });

  it('come back as an instant that shows the same wall time', () => {
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const wall = wallTimeAt(instant, zone);
        expect(wallTimeAt(instantAt(wall, zone), zone)).toBe(wall);
        expect(instantAt(wall, zone)).toBeLessThanOrEqual(instant);
      }),
    );
  });

  it('that the clocks jump over move on by the jump', () => {
    const shown = new Date(instantAt('2026-03-29T02:30:00', 'Europe/Berlin')).toISOString();
    expect(shown).toBe('2026-03-29T01:30:00.000Z');
  });

  it('that come twice are the first of the two', () => {
    const shown = new Date(instantAt('2026-10-25T02:30:00', 'Europe/Berlin')).toISOString();
    expect(shown).toBe('2026-10-25T00:30:00.000Z');
  });

  it('at a midnight that does not exist are those an hour later', () => {
    const shown = new Date(instantAt('2026-09-06T00:00:00', 'America/Santiago')).toISOString();
    expect(shown).toBe('2026-09-06T04:00:00.000Z');
  });
});

describe('a moment', () => {
  it('that is a whole day is over when the next day begins in its zone', () => {
    const over = new Date(dueAt({ date: '2026-03-29', timezone: 'Europe/Berlin' })).toISOString();
    expect(over).toBe('2026-03-29T22:00:00.000Z');
  });

  it('that is a whole day is that day for everyone', () => {
    expect(dayOf({ date: '2026-12-01', timezone: 'Asia/Tokyo' }, 'America/New_York')).toBe('2026-12-01');
  });

  it('with a time can be another day elsewhere', () => {
    const moment = { datetime: '2026-12-01T05:00:00', timezone: 'Asia/Tokyo' };
    expect(dayOf(moment, 'Asia/Tokyo')).toBe('2026-12-01');
    expect(dayOf(moment, 'Europe/Berlin')).toBe('2026-11-30');
  });
});

it('a zone that this browser does not know is shown as UTC', () => {
  expect(wallTimeAt(0, 'Mars/Olympus_Mons')).toBe('1970-01-01T00:00:00');
});

describe('days', () => {
  it('go on over the end of a month and a year, whatever the clocks do', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2);
  });

  it('begin at midnight of the zone', () => {
    const justBefore = Date.parse('2026-03-28T22:59:59Z');
    expect(dayAt(justBefore, 'Europe/Berlin')).toBe('2026-03-28');
    expect(dayAt(justBefore + 1000, 'Europe/Berlin')).toBe('2026-03-29');
  });

  it('name the next weekday, never the same day', () => {
    expect(nextWeekday('2026-11-23', 'monday')).toBe('2026-11-30');
    expect(nextWeekday('2026-11-23', 'saturday')).toBe('2026-11-28');
  });
});
