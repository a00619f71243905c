'use client';

import { bodyOf } from '@/api/client';
import { ApiError } from '@/api/error';
import { useApi } from '@/api/react';
import type { Moment, RecurrenceInput } from '@/api/schema';
import { lastOf, useAsked } from '@/features/search/asked';
import { useClock } from '@/features/shell/clock';
import classes from '@/features/tasks/drawer/Drawer.module.css';
import { longDayText, timeText } from '@/features/tasks/time/text';
import { dayAt, dayOf, dueAt, wallTimeAt } from '@/time/zone';
import { useLiveStatus } from '@/live/react';
import { words } from '@/words/en';

import { ruleText } from './rule-text';

const PAUSE_MS = 250;
const COUNT = 10;

/** The next ten times, as the server computes them, on the person's own clock. */
export function Preview({ recurrence, due }: { recurrence: RecurrenceInput; due: Moment }) {
  const api = useApi();
  const clock = useClock();
  const isOffline = useLiveStatus().connection === 'offline';
  const start = due.datetime ?? due.date ?? '';
  const rrule = recurrence.rrule ?? '';
  const body = { recurrence, start, timezone: due.timezone, count: COUNT };
  const isWhole = rrule !== '' && !rrule.endsWith('UNTIL=') && !rrule.includes('UNTIL=T');
  const asked = useAsked(
    isOffline || !isWhole ? null : JSON.stringify(body),
    (signal) => bodyOf(api.tasks.POST('/v1/recurrence/preview', { body, signal })),
    PAUSE_MS,
  );
  const occurrences = lastOf(asked)?.occurrences ?? [];
  const today = dayAt(clock.now, clock.zone);
  const text = words.recurrence;
  return (
    <section aria-label={text.preview}>
      <p className={classes.label}>{ruleText({ rrule, anchor: recurrence.anchor ?? null })}</p>
      <p className={classes.dimmed} role="status">
        {isOffline ? text.previewOffline : text.preview}
      </p>
      {asked.kind === 'failed' && !isOffline ? <p role="alert">{problemText(asked.error)}</p> : null}
      {asked.kind === 'answered' && occurrences.length === 0 ? <p>{text.previewEmpty}</p> : null}
      {asked.kind === 'failed' ? null : (
        <ol className={classes.rows}>
          {occurrences.map(({ ordinal, due: moment }) => (
            <li key={ordinal} className={classes.line}>
              <span>
                {longDayText(dayOf(moment, clock.zone), today)}
                {moment.datetime === undefined ? '' : `, ${timeText(wallTimeAt(dueAt(moment), clock.zone))}`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function problemText(error: unknown): string {
  return error instanceof ApiError ? error.message : words.task.drawer.loadFailed;
}
