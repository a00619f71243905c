// Moments between what is sent, what is shown and what fields hold.
import type { Moment, NewTask } from '@/api/schema';

/** A moment as it is sent, which may leave out what it does not say, as one that is shown. */
export function momentOf(input: NewTask['due'], zone: string): Moment | null {
  if (input == null) return null;
  const timezone = input.timezone ?? zone;
  if (input.datetime != null) return { datetime: input.datetime, timezone };
  return input.date == null ? null : { date: input.date, timezone };
}

/** What the fields of a moment hold. */
export interface MomentFields {
  readonly date: string;
  /** Empty for a whole day. */
  readonly time: string;
  readonly zone: string;
}

export function fieldsOf(moment: Moment | null, zone: string): MomentFields {
  if (moment === null) return { date: '', time: '', zone };
  const [date = '', time = ''] = (moment.datetime ?? moment.date ?? '').split('T');
  return { date, time: time.slice(0, 5), zone: moment.timezone };
}

/** Null without a date. */
export function momentFrom({ date, time, zone }: MomentFields): Moment | null {
  if (date === '') return null;
  return time === '' ? { date, timezone: zone } : { datetime: `${date}T${time}:00`, timezone: zone };
}

export function sameMoment(a: Moment | null, b: Moment | null): boolean {
  return a?.date === b?.date && a?.datetime === b?.datetime && a?.timezone === b?.timezone;
}
