// RRULEs as simple choices, and in words. What is not simple stays as it is written.
import type { Day, Weekday } from '@/time/zone';
import { WEEK } from '@/time/zone';

export const UNITS = ['day', 'week', 'month', 'year'] as const;
export type Unit = (typeof UNITS)[number];

export interface Choice {
  readonly every: number;
  readonly unit: Unit;
  /** Of weeks; empty: the day of the week on which the task is due. */
  readonly days: readonly Weekday[];
  readonly ends: Ends;
}

export type Ends =
  | { readonly kind: 'never' }
  | { readonly kind: 'on'; readonly day: Day }
  | { readonly kind: 'after'; readonly count: number };

export const NEVER: Ends = { kind: 'never' };

const FREQUENCIES: Readonly<Record<Unit, string>> = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY', year: 'YEARLY' };
const CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const WORKDAYS = WEEK.slice(0, 5);

/** Null when the rule says more than the choices can. */
export function choiceOf(rrule: string): Choice | null {
  const parts = new Map(
    rrule.split(';').map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
  );
  const unit = UNITS.find((each) => FREQUENCIES[each] === parts.get('FREQ'));
  const days = (parts.get('BYDAY') ?? '').split(',').filter((code) => code !== '');
  const isKnown = [...parts.keys()].every((name) => known(name, parts.get(name) ?? '', unit));
  if (unit === undefined || !isKnown || days.some((code) => !CODES.some((each) => each === code))) return null;
  if (days.length > 0 && unit !== 'week') return null;
  // Without it months and years leave out what they do not have: the choices take their last day.
  if ((unit === 'month' || unit === 'year') && parts.get('SKIP') !== 'BACKWARD') return null;
  return {
    every: Number(parts.get('INTERVAL') ?? 1),
    unit,
    days: WEEK.filter((_, index) => days.includes(CODES[index] ?? '')),
    ends: endsOf(parts.get('COUNT'), parts.get('UNTIL')),
  };
}

/** `isTimed`: whether the task is due at a time of day. */
export function rruleOf({ every, unit, days, ends }: Choice, isTimed: boolean): string {
  const clamps = unit === 'month' || unit === 'year';
  return [
    clamps ? 'RSCALE=GREGORIAN' : '',
    `FREQ=${FREQUENCIES[unit]}`,
    every > 1 ? `INTERVAL=${every}` : '',
    clamps ? 'SKIP=BACKWARD' : '',
    unit === 'week' && days.length > 0 ? `BYDAY=${codesOf(days)}` : '',
    ends.kind === 'after' ? `COUNT=${ends.count}` : '',
    ends.kind === 'on' ? `UNTIL=${ends.day.replaceAll('-', '')}${isTimed ? 'T235959' : ''}` : '',
  ]
    .filter((part) => part !== '')
    .join(';');
}

export function isWorkdays({ every, unit, days }: Choice): boolean {
  return every === 1 && unit === 'week' && days.length === 5 && WORKDAYS.every((day) => days.includes(day));
}

export const EVERY_WORKDAY: Choice = { every: 1, unit: 'week', days: WORKDAYS, ends: NEVER };

function codesOf(days: readonly Weekday[]): string {
  return WEEK.flatMap((day, index) => (days.includes(day) ? (CODES[index] ?? []) : [])).join(',');
}

function known(name: string, value: string, unit: Unit | undefined): boolean {
  if (name === 'RSCALE') return value === 'GREGORIAN';
  if (name === 'SKIP') return value === 'BACKWARD' && (unit === 'month' || unit === 'year');
  if (name === 'INTERVAL' || name === 'COUNT') return /^[1-9]\d*$/.test(value);
  if (name === 'UNTIL') return /^\d{8}(T\d{6})?$/.test(value);
  return name === 'FREQ' || name === 'BYDAY';
}

function endsOf(count: string | undefined, until: string | undefined): Ends {
  if (count !== undefined) return { kind: 'after', count: Number(count) };
  if (until === undefined) return NEVER;
  return { kind: 'on', day: `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}` };
}
