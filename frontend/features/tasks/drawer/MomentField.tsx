'use client';

import { Select, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';

import { useClock } from '@/features/shell/clock';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { fieldsOf, momentFrom, sameMoment } from '../time/moment';
import type { MomentFields } from '../time/moment';
import { momentText } from '../time/text';
import { allZones } from '@/time/zone';
import classes from './Drawer.module.css';
import { useDraft } from './drafts';
import { useOpenTask } from './edit';

/** A day, and a time of it in a zone if there is one. Kept as all that is typed in the drawer. */
export function MomentField({ field }: { field: 'due' | 'start' }) {
  const { task, edit } = useOpenTask();
  const clock = useClock();
  const moment = task[field] ?? null;
  const save = async (text: string) => {
    const meant = momentFrom(read(text));
    // An empty date is being typed; it is taken away by its button alone.
    if (meant === null || sameMoment(meant, moment)) return true;
    return edit({ [field]: meant, allow_past_due: true });
  };
  const draft = useDraft(`${task.id} ${field}`, JSON.stringify(fieldsOf(moment, clock.zone)), save);
  const fields = read(draft.text);
  const label = words.task.fields[field];

  const leave = () => {
    if (fields.date !== '') void draft.commit();
  };
  const change = (part: Partial<MomentFields>) => draft.type(JSON.stringify({ ...fields, ...part }));
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
          onChange={(event) => change({ date: event.currentTarget.value })}
          onBlur={leave}
        />
        <TextInput
          type="time"
          aria-label={`${label}: ${words.task.fields.time}`}
          value={fields.time}
          disabled={fields.date === ''}
          onChange={(event) => change({ time: event.currentTarget.value })}
          onBlur={leave}
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
              if (zone === null) return;
              change({ zone });
              void draft.commit();
            }}
          />
        )}
        {moment === null ? null : (
          <IconButton
            icon={IconX}
            label={words.task.drawer.remove(label)}
            onClick={() => {
              draft.drop();
              void edit({ [field]: null });
            }}
          />
        )}
      </div>
    </fieldset>
  );
}

function read(text: string): MomentFields {
  return JSON.parse(text) as MomentFields;
}
