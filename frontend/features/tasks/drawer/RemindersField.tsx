'use client';

import { NativeSelect, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';

import type { Reminder } from '@/api/schema';
import { useClock } from '@/features/shell/clock';
import { IconButton } from '@/ui/IconButton';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { beforeText, COMMON_DURATIONS } from '../time/duration';
import { instantText } from '../time/text';
import type { Clock } from '@/time/zone';
import { instantAt } from '@/time/zone';
import classes from './Drawer.module.css';
import { useOpenTask } from './edit';

/** Several reminders: before the task is due, or at a moment. */
export function RemindersField() {
  const { task, edit } = useOpenTask();
  const clock = useClock();
  const [at, setAt] = useState('');
  const text = words.task.drawer;
  const keep = (reminders: Reminder[]) => edit({ reminders, allow_past_due: true });
  const addAt = async () => {
    const instant = new Date(instantAt(`${at}:00`, clock.zone)).toISOString();
    if (at !== '' && (await keep([...task.reminders, { at: instant }]))) setAt('');
  };
  return (
    <fieldset className={classes.set}>
      <legend className={classes.label}>{words.task.fields.reminders}</legend>
      <ul className={classes.rows}>
        {task.reminders.map((reminder, index) => (
          <li key={index} className={classes.line}>
            <span>{reminderText(reminder, clock)}</span>
            <IconButton
              icon={IconX}
              label={text.remove(reminderText(reminder, clock))}
              onClick={() => void keep(task.reminders.filter((_, other) => other !== index))}
            />
          </li>
        ))}
      </ul>
      {task.due == null ? <p className={classes.dimmed}>{text.reminderNeedsDue}</p> : null}
      <div className={classes.add}>
        {task.due == null ? null : (
          <NativeSelect
            aria-label={text.addReminder}
            value=""
            data={[
              { value: '', label: text.addReminder },
              ...COMMON_DURATIONS.map((value) => ({ value, label: beforeText(value) })),
            ]}
            onChange={(event) => {
              const before = event.currentTarget.value;
              if (before !== '') void keep([...task.reminders, { before }]);
            }}
          />
        )}
        <TextInput
          type="datetime-local"
          aria-label={text.reminderAt}
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
        <TextButton disabled={at === ''} onClick={() => void addAt()}>
          {text.addReminder}
        </TextButton>
      </div>
    </fieldset>
  );
}

function reminderText({ at, before, relative_to }: Reminder, clock: Clock): string {
  if (at !== undefined) return instantText(Date.parse(at), clock);
  return beforeText(before ?? '', relative_to === 'start' ? 'start' : 'due');
}
