import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { WEEK } from '@/time/zone';

import type { Choice } from './rule';
import { choiceOf, rruleOf, UNITS } from './rule';
import { ruleText } from './rule-text';

const ends = fc.oneof(
  fc.constant({ kind: 'never' } as const),
  fc.integer({ min: 1, max: 400 }).map((count) => ({ kind: 'after', count }) as const),
  fc.constantFrom('2026-12-31', '2028-02-29').map((day) => ({ kind: 'on', day }) as const),
);
const choices: fc.Arbitrary<Choice> = fc
  .record({
    every: fc.integer({ min: 1, max: 99 }),
    unit: fc.constantFrom(...UNITS),
    days: fc.subarray([...WEEK]),
    ends,
  })
  .map((choice) => (choice.unit === 'week' ? choice : { ...choice, days: [] }));

describe('choices', () => {
  it('come back from the rule that is made of them', () => {
    fc.assert(
      fc.property(choices, fc.boolean(), (choice, isTimed) => {
        expect(choiceOf(rruleOf(choice, isTimed))).toEqual(choice);
      }),
    );
  });

  it.each([
    'FREQ=MONTHLY;BYDAY=-1FR',
    'FREQ=MONTHLY',
    'FREQ=WEEKLY;WKST=SU',
    'FREQ=HOURLY',
    'FREQ=DAILY;BYHOUR=3',
    'nonsense',
    '',
  ])('cannot say %j', (rrule) => expect(choiceOf(rrule)).toBeNull());
});

describe('a rule in words', () => {
  it.each([
    ['FREQ=DAILY', 'Every day'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH', 'Every 2 weeks on Monday and Thursday'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'Every weekday'],
    ['RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD', 'Every month'],
    ['FREQ=DAILY;COUNT=1', 'Every day, 1 time'],
    ['FREQ=MONTHLY;BYDAY=-1FR', 'By the rule FREQ=MONTHLY;BYDAY=-1FR'],
  ])('%s', (rrule, text) => expect(ruleText({ rrule })).toBe(text));

  it('says when it counts from completion', () => {
    expect(ruleText({ rrule: 'FREQ=DAILY;INTERVAL=3', anchor: 'completion' })).toBe(
      'Every 3 days, counted from when it is done',
    );
  });
});
