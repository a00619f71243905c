'use client';

import { useState } from 'react';

import type { AuditEntry } from '@/api/schema';
import { bodyOf } from '@/api/client';
import { useApi } from '@/api/react';
import { useAsked, lastOf } from '@/features/search/asked';
import { useClock } from '@/features/shell/clock';
import type { User } from '@/features/shell/session';
import { useLiveStatus } from '@/live/react';
import { words } from '@/words/en';

import { instantText } from '../time/text';
import classes from './Drawer.module.css';

const MOST = 100;

/** What the audit log says of the task, newest first. It is asked for when it is opened. */
export function Activity({ taskId, version, user }: { taskId: string; version: number; user: User }) {
  const [isOpened, setOpened] = useState(false);
  const isOffline = useLiveStatus().connection === 'offline';
  const api = useApi();
  const clock = useClock();
  const asked = useAsked(isOpened && !isOffline ? `${taskId} ${version}` : null, (signal) =>
    bodyOf(api.audit.GET('/v1/audit', { params: { query: { task_id: taskId, limit: MOST } }, signal })),
  );
  const entries = [...(lastOf(asked)?.items ?? [])].reverse();
  const text = words.task.drawer;
  return (
    <details className={classes.section} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>{text.activity}</summary>
      {isOffline ? <p className={classes.dimmed}>{text.activityOffline}</p> : null}
      {asked.kind === 'failed' ? <p role="alert">{text.loadFailed}</p> : null}
      {asked.kind === 'answered' && entries.length === 0 ? (
        <p className={classes.dimmed}>{text.activityEmpty}</p>
      ) : null}
      <ul className={classes.rows}>
        {entries.map((entry) => (
          <li key={entry.event_id} className={classes.line}>
            <span>
              {words.task.activity[entry.kind] ?? entry.kind}{' '}
              <span className={classes.dimmed}>· {actorText(entry, user)}</span>
            </span>
            <time className={classes.dimmed} dateTime={entry.at}>
              {instantText(Date.parse(entry.at), clock)}
            </time>
          </li>
        ))}
      </ul>
    </details>
  );
}

function actorText({ actor }: AuditEntry, user: User): string {
  return actor === `user:${user.userId}` ? words.task.actor.you : words.task.actor.service(actor.replace(/^\w+:/, ''));
}
