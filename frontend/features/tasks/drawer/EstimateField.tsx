'use client';

import { TextInput } from '@mantine/core';

import { words } from '@/words/en';

import { useDraft } from './drafts';
import { useOpenTask } from './edit';

const MOST_MINUTES = 525_600;

export function EstimateField() {
  const { task, edit } = useOpenTask();
  const draft = useDraft(`${task.id} estimate`, task.estimate == null ? '' : `${task.estimate}`, async (text) => {
    const minutes = minutesOf(text);
    return minutes === 'wrong' ? false : edit({ estimate: minutes });
  });
  return (
    <TextInput
      label={words.task.fields.estimate}
      inputMode="numeric"
      value={draft.text}
      error={minutesOf(draft.text) === 'wrong' ? words.task.drawer.badEstimate : null}
      onChange={(event) => draft.type(event.currentTarget.value)}
      onBlur={() => void draft.commit()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void draft.commit();
      }}
    />
  );
}

function minutesOf(text: string): number | null | 'wrong' {
  if (text.trim() === '') return null;
  const minutes = Number(text);
  return Number.isInteger(minutes) && minutes >= 1 && minutes <= MOST_MINUTES ? minutes : 'wrong';
}
