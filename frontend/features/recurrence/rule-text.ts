// A rule in words.
import { longDayText, weekdayText, weekFrom } from '@/features/tasks/time/text';
import type { Weekday } from '@/time/zone';
import { WEEK } from '@/time/zone';
import { words } from '@/words/en';

import type { Choice } from './rule';
import { choiceOf, isWorkdays } from './rule';

const A_MONDAY = '2024-01-01';

export function ruleText({ rrule, anchor }: { rrule: string; anchor?: string | null }): string {
  const choice = choiceOf(rrule);
  const text = choice === null ? words.recurrence.raw(rrule) : choiceText(choice);
  return anchor === 'completion' ? words.recurrence.afterCompletion(text) : text;
}

function choiceText(choice: Choice): string {
  const { every, unit, days, ends } = choice;
  const plain = isWorkdays(choice) ? words.recurrence.weekdays : words.recurrence.every(every, unit);
  const text = days.length === 0 || isWorkdays(choice) ? plain : words.recurrence.onDays(plain, days.map(dayName));
  if (ends.kind === 'after') return words.recurrence.times(text, ends.count);
  return ends.kind === 'on' ? words.recurrence.until(text, longDayText(ends.day, '0001-01-01')) : text;
}

export function dayName(day: Weekday): string {
  return weekdayText(weekFrom(A_MONDAY)[WEEK.indexOf(day)] ?? A_MONDAY);
}
