'use client';

import { TextInput } from '@mantine/core';
import { useMemo } from 'react';

import { useAct } from '@/features/shell/act';
import { showTask } from '@/features/shell/address';
import { withQuery } from '@/features/shell/address';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { complete, reopen } from '../actions/finish';
import { CheckCircle } from '../list/CheckCircle';
import { isOpen } from '../views/lists';
import { byOwnOrder } from '../views/order';
import classes from './Drawer.module.css';
import { useDraft } from './drafts';
import { useOpenTask } from './edit';

/** Sub-tasks, and the task that this one is a part of. */
export function PartsField() {
  const { task } = useOpenTask();
  const { tasks } = useSnapshot();
  const live = useLive();
  const act = useAct();
  const parts = useMemo(
    () => [...tasks.values()].filter(({ parent_id }) => parent_id === task.id).sort(byOwnOrder),
    [tasks, task.id],
  );
  const whole = task.parent_id == null ? undefined : tasks.get(task.parent_id);
  const open = (id: string) => (event: { preventDefault(): void }) => {
    event.preventDefault();
    showTask(id);
  };
  const create = (title: string) =>
    act.keep(() =>
      live.createTask({
        title,
        parent_id: task.id,
        ...(task.project_id == null ? {} : { project_id: task.project_id }),
      }),
    );
  return (
    <fieldset className={classes.set}>
      <legend className={classes.label}>{words.task.fields.parts}</legend>
      {whole === undefined ? null : (
        <p className={classes.dimmed}>
          {words.task.fields.parent}:{' '}
          <a href={withQuery('task', whole.id)} className={classes.grow} onClick={open(whole.id)}>
            {whole.title}
          </a>
        </p>
      )}
      <ul className={classes.rows}>
        {parts.map((part) => (
          <li key={part.id} className={classes.line}>
            <CheckCircle task={part} onClick={() => act.run(isOpen(part) ? complete : reopen, [part])} />
            <a href={withQuery('task', part.id)} className={classes.grow} onClick={open(part.id)}>
              {part.title}
            </a>
          </li>
        ))}
      </ul>
      <NewPart key={task.id} taskId={task.id} onCreate={create} />
    </fieldset>
  );
}

/** The field is empty again, and still has the focus, after each sub-task. */
function NewPart({ taskId, onCreate }: { taskId: string; onCreate: (title: string) => Promise<boolean> }) {
  const draft = useDraft(`${taskId} part`, '', (text) => {
    const title = text.trim().replace(/\s+/g, ' ');
    return title === '' ? Promise.resolve(true) : onCreate(title);
  });
  return (
    <TextInput
      mt="xs"
      aria-label={words.task.drawer.addPart}
      placeholder={words.task.drawer.addPart}
      value={draft.text}
      maxLength={500}
      onChange={(event) => draft.type(event.currentTarget.value)}
      onBlur={() => void draft.commit()}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) void draft.commit();
      }}
    />
  );
}
