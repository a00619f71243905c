'use client';

import { useState } from 'react';

import { bodyOf } from '@/api/client';
import { useApi } from '@/api/react';
import { lastOf, useAsked } from '@/features/search/asked';
import { withQuery } from '@/features/shell/address';
import { useClock } from '@/features/shell/clock';
import { Link } from '@/features/shell/Link';
import classes from '@/features/tasks/drawer/Drawer.module.css';
import { momentText } from '@/features/tasks/time/text';
import { useLiveStatus } from '@/live/react';
import { words } from '@/words/en';

const MOST = 50;

/** The times that there were of a series, newest first. They are asked for when this is opened. */
export function History({ seriesId, taskId }: { seriesId: string; taskId: string }) {
  const [isOpened, setOpened] = useState(false);
  const isOffline = useLiveStatus().connection === 'offline';
  const api = useApi();
  const clock = useClock();
  const asked = useAsked(isOpened && !isOffline ? seriesId : null, (signal) =>
    bodyOf(
      api.tasks.GET('/v1/series/{id}/occurrences', {
        params: { path: { id: seriesId }, query: { limit: MOST } },
        signal,
      }),
    ),
  );
  const others = (lastOf(asked)?.items ?? []).filter(({ id }) => id !== taskId);
  const text = words.recurrence;
  return (
    <details className={classes.section} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>{text.history}</summary>
      {isOffline ? <p className={classes.dimmed}>{text.historyOffline}</p> : null}
      {asked.kind === 'failed' ? <p role="alert">{words.task.drawer.loadFailed}</p> : null}
      {asked.kind === 'answered' && others.length === 0 ? <p className={classes.dimmed}>{text.historyEmpty}</p> : null}
      <ul className={classes.rows}>
        {others.map(({ id, due, status, ordinal }) => (
          <li key={id} className={classes.line}>
            <Link href={withQuery('task', id)} className={classes.grow}>
              {due == null ? text.ordinal(ordinal ?? 0) : momentText(due, clock)}
            </Link>
            <span className={classes.dimmed}>{statusText(status)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function statusText(status: string): string {
  const names: Readonly<Record<string, string>> = words.task.status;
  return names[status] ?? status;
}
