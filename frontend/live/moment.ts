// Wall times in zones, as the server derives moments from them.
import type { Moment } from '@/api/schema';
import { dueAt } from '@/time/zone';

import type { Fields } from './entity';
import { isFields } from './entity';

/** A moment with a patch laid over it. A date takes the place of a time, and the other way round. */
export function momentAfter(before: Moment | null, patch: unknown, zone: string | null): Moment | null {
  if (!isFields(patch)) {
    return null;
  }
  const timezone = text(patch, 'timezone') ?? before?.timezone ?? zone ?? 'UTC';
  const [date, datetime] = [text(patch, 'date'), text(patch, 'datetime')];
  if (datetime !== null) {
    return { datetime, timezone };
  }
  return date === null ? before && { ...before, timezone } : { date, timezone };
}

/** When it is due in universal time; a whole day at its end. */
export function instantOf(moment: Moment | null): string | null {
  if (moment === null) {
    return null;
  }
  const due = dueAt(moment);
  return Number.isNaN(due) ? null : new Date(due).toISOString().replace('.000Z', 'Z');
}

function text(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' ? value : null;
}
