'use client';

import {
  IconAlignLeft,
  IconBell,
  IconCalendar,
  IconCloudUp,
  IconFlag,
  IconRepeat,
  IconSubtask,
} from '@tabler/icons-react';

import { useAddress } from '@/features/shell/address';
import { useClock } from '@/features/shell/clock';
import type { LiveTask } from '@/live/live';
import { useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { momentText } from '../time/text';
import { isOverdue } from '../views/lists';
import { Fact } from './Fact';
import classes from './TaskFacts.module.css';

/** What a row says besides the title. */
export function TaskFacts({
  task,
  parts,
}: {
  task: LiveTask;
  parts: { readonly closed: number; readonly all: number } | undefined;
}) {
  const { projects, tags } = useSnapshot();
  const { route } = useAddress();
  const clock = useClock();
  const project = route?.view === 'project' ? undefined : projects.get(task.project_id ?? '');
  const names = task.tags.flatMap((id) => tags.get(id)?.name ?? []);
  const { due } = task;
  const isUrgent = task.priority === 'critical' || task.priority === 'high';
  const hasFacts =
    due != null ||
    project !== undefined ||
    names.length > 0 ||
    parts !== undefined ||
    isUrgent ||
    task.reminders.length > 0;
  return (
    <span className={classes.facts} data-facts={hasFacts || undefined}>
      {isUrgent ? (
        <Fact
          icon={IconFlag}
          text={words.task.priority[task.priority === 'high' ? 'high' : 'critical']}
          mood={task.priority}
        />
      ) : null}
      {parts === undefined ? null : (
        <Fact
          icon={IconSubtask}
          text={words.task.partsShort(parts.closed, parts.all)}
          spoken={words.task.parts(parts.closed, parts.all)}
        />
      )}
      {(task.description ?? '') === '' ? null : <Fact icon={IconAlignLeft} spoken={words.task.hasDescription} />}
      {task.reminders.length === 0 ? null : (
        <Fact icon={IconBell} spoken={words.task.reminders(task.reminders.length)} />
      )}
      {task.recurrence == null ? null : <Fact icon={IconRepeat} spoken={words.task.repeats} />}
      {names.map((name) => (
        <span key={name} className={classes.tag}>
          #{name}
        </span>
      ))}
      {project === undefined ? null : (
        <span className={classes.project}>
          <span className={classes.dot} style={project.color == null ? undefined : { background: project.color }} />
          {project.name}
        </span>
      )}
      {due == null ? null : (
        <Fact icon={IconCalendar} text={momentText(due, clock)} mood={isOverdue(task, clock) ? 'overdue' : 'due'} />
      )}
      {isOverdue(task, clock) ? <span className="visually-hidden">{words.task.overdue}</span> : null}
      {task.pending ? <Fact icon={IconCloudUp} spoken={words.task.pending} /> : null}
    </span>
  );
}
