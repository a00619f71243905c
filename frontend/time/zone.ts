// Days and wall times of zones, by the zones that the browser knows. It decides as the services do: a wall time that the
// clocks jump over moves on by the jump, and of one that comes twice the first is meant.
import type { Moment } from '@/api/schema';

/** A day of the calendar, like `2026-12-01`. Days compare as texts. */
export type Day = string;

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** What the views are of: this moment, in this zone. */
export interface Clock {
  readonly now: number;
  readonly zone: string;
}

export const WEEK: readonly Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

const DAY_MS = 86_400_000;
const WEEKDAYS: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day that a calendar on the wall shows. */
export function dayAt(instant: number, zone: string): Day {
  return wallTimeAt(instant, zone).slice(0, 10);
}

/** What a clock on the wall shows, like `2026-12-01T09:00:00`. */
export function wallTimeAt(instant: number, zone: string): string {
  return new Date(wallMs(instant, zone)).toISOString().slice(0, 19);
}

/** The instant at which a clock on the wall shows `wall`. */
export function instantAt(wall: string, zone: string): number {
  const shown = Date.parse(`${wall}Z`);
  // The clocks of every zone change at most once within two days, so one of these two offsets is the right one.
  const before = offsetAt(shown - DAY_MS, zone);
  const after = offsetAt(shown + DAY_MS, zone);
  const first = shown - before;
  return offsetAt(first, zone) === before || offsetAt(shown - after, zone) !== after ? first : shown - after;
}

/** When a moment is over: a time of day at that time, a whole day when the next one begins. */
export function dueAt(moment: Moment): number {
  return moment.datetime === undefined
    ? instantAt(`${addDays(moment.date ?? '', 1)}T00:00:00`, moment.timezone)
    : instantAt(moment.datetime, moment.timezone);
}

/** The day on which a moment is for someone in `zone`. A whole day is the same day everywhere. */
export function dayOf(moment: Moment, zone: string): Day {
  if (moment.datetime === undefined) return moment.date ?? '';
  return moment.timezone === zone ? moment.datetime.slice(0, 10) : dayAt(dueAt(moment), zone);
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** How many days later `to` is than `from`. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

export function weekdayOf(day: Day): Weekday {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? 'monday';
}

/** The first such day after this one. */
export function nextWeekday(day: Day, weekday: Weekday): Day {
  const ahead = (WEEKDAYS.indexOf(weekday) - WEEKDAYS.indexOf(weekdayOf(day)) + 7) % 7;
  return addDays(day, ahead === 0 ? 7 : ahead);
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All zones that this browser knows, UTC among them. */
export function allZones(): readonly string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.includes('UTC') ? zones : ['UTC', ...zones];
}

function offsetAt(instant: number, zone: string): number {
  return wallMs(instant, zone) - Math.floor(instant / 1000) * 1000;
}

function wallMs(instant: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = makeFormat(isKnown(zone) ? zone : 'UTC');
    formats.set(zone, format);
  }
  return format;
}

function makeFormat(zone: string): Intl.DateTimeFormat {
  const number = 'numeric';
  return new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  });
}

/** The services may know a zone that is newer than this browser: it is shown as UTC rather than not at all. */
function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
