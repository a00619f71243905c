'use client';

import { NativeSelect } from '@mantine/core';
import { IconX } from '@tabler/icons-react';

import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { beforeText, COMMON_DURATIONS } from '../time/duration';
import classes from './Drawer.module.css';

/** Several durations before something. */
export function DurationList({
  label,
  hint,
  durations,
  onChange,
}: {
  label: string;
  hint?: string;
  durations: readonly string[];
  onChange: (durations: string[]) => void;
}) {
  const left = COMMON_DURATIONS.filter((duration) => !durations.includes(duration));
  return (
    <fieldset className={classes.set}>
      <legend className={classes.label}>{label}</legend>
      {hint === undefined ? null : <p className={classes.dimmed}>{hint}</p>}
      <ul className={classes.rows}>
        {durations.map((duration) => (
          <li key={duration} className={classes.line}>
            <span>{beforeText(duration)}</span>
            <IconButton
              icon={IconX}
              label={words.task.drawer.remove(beforeText(duration))}
              onClick={() => onChange(durations.filter((each) => each !== duration))}
            />
          </li>
        ))}
      </ul>
      <NativeSelect
        mt="xs"
        aria-label={words.task.drawer.addReminder}
        value=""
        data={[
          { value: '', label: words.task.drawer.addReminder },
          ...left.map((value) => ({ value, label: beforeText(value) })),
        ]}
        onChange={(event) => event.currentTarget.value !== '' && onChange([...durations, event.currentTarget.value])}
      />
    </fieldset>
  );
}
