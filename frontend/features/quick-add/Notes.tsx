'use client';

import { useClock } from '@/features/shell/clock';
import { momentOf } from '@/features/tasks/time/moment';
import { momentText } from '@/features/tasks/time/text';
import { words } from '@/words/en';

import classes from './Notes.module.css';
import type { Reading } from './reading';

/** What the line is understood as, and what to know about it. */
export function Notes({
  reading,
  isOffline,
  isFailed,
}: {
  reading: Reading | null;
  isOffline: boolean;
  isFailed: boolean;
}) {
  const clock = useClock();
  const text = words.task.quickAdd;
  const spans = reading?.answer.spans ?? [];
  const due = momentOf(reading?.answer.task?.due, clock.zone);
  const when = due === null ? '' : momentText(due, clock);
  const others = spans.filter(({ kind }) => kind !== 'date' && kind !== 'time').map(spanText);
  return (
    <div id="quick-add-notes" className={classes.notes} role="status">
      {isOffline ? <p>{text.offline}</p> : null}
      {isFailed && !isOffline ? <p>{text.unread}</p> : null}
      {isOffline || spans.length === 0 ? null : (
        <p>
          {text.willBe}: {[when, ...others].filter(Boolean).join(' · ')}
        </p>
      )}
      {isOffline
        ? null
        : reading?.answer.notes.map(({ start, kind, message }) => <p key={`${start} ${kind}`}>{message}</p>)}
      {reading?.answer.unknown.tags.map((name) => (
        <p key={`#${name}`}>{text.newTag(name)}</p>
      ))}
      {reading?.answer.unknown.projects.map((name) => (
        <p key={`+${name}`}>{text.newProject(name)}</p>
      ))}
    </div>
  );
}

function spanText({ kind, text }: { kind: string; text: string }): string {
  return `${words.task.quickAdd.kinds[kind] ?? kind} ${text}`;
}
