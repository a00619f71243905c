'use client';

import { Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Moment, RecurrenceInput, Task } from '@/api/schema';
import { Buttons } from '@/ui/Buttons';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { ChoiceFields } from './ChoiceFields';
import { Preview } from './Preview';
import type { Choice } from './rule';
import { choiceOf, NEVER, rruleOf } from './rule';

const DAILY: Choice = { every: 1, unit: 'day', days: [], ends: NEVER };

/** A rule by simple choices or as it is written, with what will come of it. */
export function RecurrenceEditor({
  recurrence,
  due,
  onSave,
  onClose,
}: {
  recurrence: NonNullable<Task['recurrence']> | null;
  due: Moment;
  onSave: (recurrence: RecurrenceInput) => Promise<boolean>;
  onClose: () => void;
}) {
  const isTimed = due.datetime !== undefined;
  const [choice, setChoice] = useState<Choice | null>(() => (recurrence === null ? DAILY : choiceOf(recurrence.rrule)));
  const [written, setWritten] = useState(recurrence?.rrule ?? rruleOf(DAILY, isTimed));
  const [anchor, setAnchor] = useState(recurrence?.anchor ?? 'schedule');
  const [missed, setMissed] = useState(recurrence?.missed ?? 'skip');
  const text = words.recurrence;
  const rule: RecurrenceInput = { rrule: choice === null ? written.trim() : rruleOf(choice, isTimed), anchor, missed };

  const switchOver = () => {
    if (choice === null) setChoice(choiceOf(written.trim()) ?? DAILY);
    else {
      setWritten(rruleOf(choice, isTimed));
      setChoice(null);
    }
  };
  return (
    <Panel title={text.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void onSave(rule).then((isKept) => {
            if (isKept) onClose();
          });
        }}
      >
        <Stack gap="md">
          {choice === null ? (
            <TextInput
              label={text.rule}
              description={text.ruleHint}
              value={written}
              onChange={(event) => setWritten(event.currentTarget.value)}
            />
          ) : (
            <ChoiceFields choice={choice} onChange={setChoice} />
          )}
          <Group grow>
            <NativeSelect
              label={text.anchor}
              data={Object.entries(text.anchors).map(([value, label]) => ({ value, label }))}
              value={anchor}
              onChange={(event) => setAnchor(event.currentTarget.value)}
            />
            <NativeSelect
              label={text.missed}
              data={Object.entries(text.missedChoices).map(([value, label]) => ({ value, label }))}
              value={missed}
              onChange={(event) => setMissed(event.currentTarget.value)}
            />
          </Group>
          <div>
            <TextButton onClick={switchOver}>{choice === null ? text.simple : text.advanced}</TextButton>
          </div>
          <Preview recurrence={rule} due={due} />
        </Stack>
        <Buttons>
          <TextButton onClick={onClose}>{text.cancel}</TextButton>
          <TextButton type="submit" look="filled">
            {text.save}
          </TextButton>
        </Buttons>
      </form>
    </Panel>
  );
}
