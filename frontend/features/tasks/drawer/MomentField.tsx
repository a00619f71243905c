'use client';

import { Select, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';

import { useClock } from '@/features/shell/clock';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { fieldsOf, momentFrom, sameMoment } from '../time/moment';
import type { MomentFields } from '../time/moment';
import { momentText } from '../time/text';
import { allZones } from '@/time/zone';
import classes from './Drawer.module.css';
import { useOpenTask } from './edit';

/** A day, and a time of it in a zone if there is one. Each change is kept at once. */
export function MomentField({ field }: { field: 'due' | 'start' }) {
  const { task, edit } = useOpenTask();
  const clock = useClock();
  const moment = task[field] ?? null;
  const [typed, setTyped] = useState<MomentFields | null>(null);
  const fields = typed ?? fieldsOf(moment, clock.zone);
  const label = words.task.fields[field];

  const keep = async (next: MomentFields) => {
    const meant = momentFrom(next);
    if (meant !== null && sameMoment(meant, moment)) setTyped(null);
    // An empty date is being typed; it is taken away by its button alone.
    if (meant === null || sameMoment(meant, moment)) return;
    if (await edit({ [field]: meant, allow_past_due: true })) setTyped(null);
  };
  const change = (part: Partial<MomentFields>, isDone: boolean) => {
    const next = { ...fields, ...part };
    setTyped(next);
    if (isDone) void keep(next);
  };
  return (
    <fieldset className={classes.set}>
      <legend className={classes.label}>
        {label}
        {moment === null ? null : <span className={classes.dimmed}> · {momentText(moment, clock)}</span>}
      </legend>
      <div className={classes.moment}>
        <TextInput
          type="date"
          aria-label={`${label}: ${words.task.fields.date}`}
          value={fields.date}
          onChange={(event) => change({ date: event.currentTarget.value }, false)}
          onBlur={() => void keep(fields)}
        />
        <TextInput
          type="time"
          aria-label={`${label}: ${words.task.fields.time}`}
          value={fields.time}
          disabled={fields.date === ''}
          onChange={(event) => change({ time: event.currentTarget.value }, false)}
          onBlur={() => void keep(fields)}
        />
        {fields.time === '' && fields.zone === clock.zone ? null : (
          <Select
            searchable
            w={190}
            aria-label={`${label}: ${words.task.fields.zone}`}
            data={[...allZones()]}
            value={fields.zone}
            allowDeselect={false}
            onChange={(zone) => {
              if (zone !== null) change({ zone }, true);
            }}
          />
        )}
        {moment === null ? null : (
          <IconButton
            icon={IconX}
            label={words.task.drawer.remove(label)}
            onClick={() => {
              setTyped(null);
              void edit({ [field]: null });
            }}
          />
        )}
      </div>
    </fieldset>
  );
}
