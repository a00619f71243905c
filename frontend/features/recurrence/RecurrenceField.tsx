'use client';

import { NativeSelect } from '@mantine/core';
import dynamic from 'next/dynamic';
import { useState } from 'react';

import { useOpenTask } from '@/features/tasks/drawer/edit';
import classes from '@/features/tasks/drawer/Drawer.module.css';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import type { Choice } from './rule';
import { EVERY_WORKDAY, NEVER, rruleOf } from './rule';
import { ruleText } from './rule-text';

const RecurrenceEditor = dynamic(() => import('./RecurrenceEditor').then((module) => module.RecurrenceEditor));

const PRESETS: Readonly<Record<string, Choice>> = {
  day: { every: 1, unit: 'day', days: [], ends: NEVER },
  weekday: EVERY_WORKDAY,
  week: { every: 1, unit: 'week', days: [], ends: NEVER },
  month: { every: 1, unit: 'month', days: [], ends: NEVER },
  year: { every: 1, unit: 'year', days: [], ends: NEVER },
};

/** Whether and how the task comes back. */
export function RecurrenceField() {
  const { task, edit } = useOpenTask();
  const [isEditing, setEditing] = useState(false);
  const { recurrence, due } = task;
  const text = words.recurrence;
  if (due == null) {
    return (
      <div>
        <span className={classes.label}>{text.title}</span>
        <span className={classes.dimmed}>{text.needsDue}</span>
      </div>
    );
  }
  const choose = (name: string) => {
    const preset = PRESETS[name];
    if (name === 'none') void edit({ recurrence: null });
    else if (preset === undefined) setEditing(true);
    else void edit({ recurrence: { rrule: rruleOf(preset, due.datetime !== undefined) } });
  };
  return (
    <div>
      <NativeSelect
        label={text.title}
        value={recurrence == null ? 'none' : 'now'}
        data={[
          ...(recurrence == null ? [] : [{ value: 'now', label: ruleText(recurrence) }]),
          { value: 'none', label: recurrence == null ? text.none : text.stop },
          ...Object.keys(PRESETS).map((name) => ({ value: name, label: presetName(name) })),
          { value: 'custom', label: text.presets.custom },
        ]}
        onChange={(event) => {
          if (event.currentTarget.value !== 'now') choose(event.currentTarget.value);
        }}
      />
      {recurrence == null ? null : (
        <TextButton className={classes.edit ?? ''} onClick={() => setEditing(true)}>
          {text.preview}
        </TextButton>
      )}
      {isEditing ? (
        <RecurrenceEditor
          recurrence={recurrence ?? null}
          due={due}
          onSave={(rule) => edit({ recurrence: rule })}
          onClose={() => setEditing(false)}
        />
      ) : null}
    </div>
  );
}

function presetName(name: string): string {
  const names: Readonly<Record<string, string>> = words.recurrence.presets;
  return names[name] ?? name;
}
