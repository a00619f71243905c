// Durations of reminders, like `PT1H30M`, `P1D` and `P1W`.
import { words } from '@/words/en';

const PATTERN = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

export const COMMON_DURATIONS = ['PT0S', 'PT5M', 'PT15M', 'PT30M', 'PT1H', 'PT2H', 'P1D', 'P2D', 'P1W'] as const;

/** `1 hour 30 minutes`; null for no time at all, or for what is no duration. */
export function durationText(duration: string): string | null {
  const match = PATTERN.exec(duration);
  if (match === null) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0] = match.slice(1).map((part) => Number(part || 0));
  const { before } = words.task;
  const parts = [
    weeks > 0 ? before.weeks(weeks) : '',
    days > 0 ? before.days(days) : '',
    hours > 0 ? before.hours(hours) : '',
    minutes > 0 ? before.minutes(minutes) : '',
  ].filter(Boolean);
  return parts.length === 0 ? null : parts.join(' ');
}

/** When a reminder of this duration comes. */
export function beforeText(duration: string, from: 'due' | 'start' = 'due'): string {
  const { before } = words.task;
  const text = durationText(duration);
  if (from === 'start') return text === null ? before.atStart : before.beforeStart(text);
  return text === null ? before.atDue : before.beforeDue(text);
}
