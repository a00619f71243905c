// Days and times in words, as the browser's language writes them.
import type { Moment } from '@/api/schema';
import { words } from '@/words/en';

import type { Clock, Day } from '@/time/zone';
import { addDays, dayAt, daysBetween, dayOf, dueAt, wallTimeAt } from '@/time/zone';

const formats = new Map<string, Intl.DateTimeFormat>();

/** `Today`, `Friday`, `24 Dec`, `24 Dec 2027`. */
export function dayText(day: Day, today: Day): string {
  const ahead = daysBetween(today, day);
  if (ahead === 0) return words.task.day.today;
  if (ahead === 1) return words.task.day.tomorrow;
  if (ahead === -1) return words.task.day.yesterday;
  if (ahead > 1 && ahead < 7) return format({ weekday: 'long' }, day);
  return day.slice(0, 4) === today.slice(0, 4)
    ? format({ day: 'numeric', month: 'short' }, day)
    : format({ day: 'numeric', month: 'short', year: 'numeric' }, day);
}

/** `Tuesday 24 November`, for headings. */
export function longDayText(day: Day, today: Day): string {
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' as const };
  const long = format({ weekday: 'long', day: 'numeric', month: 'long', ...year }, day);
  const near = daysBetween(today, day);
  return near >= 0 && near <= 1 ? words.task.day.at(dayText(day, today), long) : long;
}

/** `Tue 24 Nov`. */
export function shortDayText(day: Day): string {
  return format({ weekday: 'short', day: 'numeric', month: 'short' }, day);
}

/** When a moment is for someone at this clock: `Today, 18:00`. */
export function momentText(moment: Moment, clock: Clock): string {
  const day = dayText(dayOf(moment, clock.zone), dayAt(clock.now, clock.zone));
  if (moment.datetime === undefined) return day;
  const local = moment.timezone === clock.zone ? moment.datetime : wallTimeAt(dueAt(moment), clock.zone);
  return words.task.day.at(day, timeText(local));
}

/** When an instant is for someone at this clock. */
export function instantText(instant: number, clock: Clock): string {
  return momentText({ datetime: wallTimeAt(instant, clock.zone), timezone: clock.zone }, clock);
}

/** A wall time of day, like `18:00`. */
export function timeText(wall: string): string {
  return formatOf({ hour: 'numeric', minute: '2-digit' }).format(Date.parse(`${wall}Z`));
}

/** `Monday`, in the language of the browser. */
export function weekdayText(day: Day, width: 'long' | 'short' = 'long'): string {
  return format({ weekday: width }, day);
}

/** The days of a week, from the first one on. */
export function weekFrom(first: Day): readonly Day[] {
  return [0, 1, 2, 3, 4, 5, 6].map((ahead) => addDays(first, ahead));
}

function format(options: Intl.DateTimeFormatOptions, day: Day): string {
  return formatOf(options).format(Date.parse(`${day}T00:00:00Z`));
}

/** Wall times are written as if they were UTC: no zone may move them. */
function formatOf(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' });
  formats.set(key, made);
  return made;
}
