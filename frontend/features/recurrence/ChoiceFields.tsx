'use client';

import { Checkbox, Group, NativeSelect, NumberInput, TextInput } from '@mantine/core';

import { useSnapshot } from '@/live/react';
import type { Weekday } from '@/time/zone';
import { WEEK } from '@/time/zone';
import { words } from '@/words/en';

import type { Choice, Ends } from './rule';
import { NEVER, UNITS } from './rule';
import { dayName } from './rule-text';

const MOST = 999;

export function ChoiceFields({ choice, onChange }: { choice: Choice; onChange: (choice: Choice) => void }) {
  const { settings } = useSnapshot();
  const first = Math.max(
    WEEK.findIndex((day) => day === settings?.first_day_of_week),
    0,
  );
  const week = [...WEEK.slice(first), ...WEEK.slice(0, first)];
  const text = words.recurrence;
  const { every, unit, days, ends } = choice;
  return (
    <>
      <Group grow align="flex-end">
        <NumberInput
          label={text.interval}
          min={1}
          max={MOST}
          allowDecimal={false}
          value={every}
          onChange={(value) => onChange({ ...choice, every: countOf(value) })}
        />
        <NativeSelect
          aria-label={text.unit}
          data={UNITS.map((value) => ({ value, label: text.units[value] }))}
          value={unit}
          onChange={(event) => {
            const chosen = UNITS.find((each) => each === event.currentTarget.value) ?? unit;
            onChange({ ...choice, unit: chosen, days: chosen === 'week' ? days : [] });
          }}
        />
      </Group>
      {unit === 'week' ? (
        <Checkbox.Group
          label={text.days}
          value={[...days]}
          onChange={(chosen) => onChange({ ...choice, days: WEEK.filter((day: Weekday) => chosen.includes(day)) })}
        >
          <Group gap="sm" mt={6}>
            {week.map((day) => (
              <Checkbox key={day} value={day} label={dayName(day)} />
            ))}
          </Group>
        </Checkbox.Group>
      ) : null}
      <Group grow align="flex-end">
        <NativeSelect
          label={text.ends}
          data={[
            { value: 'never', label: text.endsNever },
            { value: 'on', label: text.endsOn },
            { value: 'after', label: text.endsAfter },
          ]}
          value={ends.kind}
          onChange={(event) => onChange({ ...choice, ends: endsFrom(event.currentTarget.value) })}
        />
        {ends.kind === 'on' ? (
          <TextInput
            type="date"
            required
            label={text.lastDay}
            withAsterisk={false}
            value={ends.day}
            onChange={(event) => onChange({ ...choice, ends: { kind: 'on', day: event.currentTarget.value } })}
          />
        ) : null}
        {ends.kind === 'after' ? (
          <NumberInput
            label={text.count}
            min={1}
            max={MOST}
            allowDecimal={false}
            value={ends.count}
            onChange={(value) => onChange({ ...choice, ends: { kind: 'after', count: countOf(value) } })}
          />
        ) : null}
      </Group>
    </>
  );
}

function countOf(value: string | number): number {
  return Math.min(Math.max(Math.trunc(Number(value)) || 1, 1), MOST);
}

function endsFrom(kind: string): Ends {
  if (kind === 'after') return { kind: 'after', count: 10 };
  return kind === 'on' ? { kind: 'on', day: '' } : NEVER;
}
