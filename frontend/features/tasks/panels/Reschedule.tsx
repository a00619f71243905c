'use client';

import { TextInput } from '@mantine/core';
import { IconBeach, IconCalendarDue, IconCalendarOff, IconCalendarPlus, IconCalendarWeek } from '@tabler/icons-react';
import { useState } from 'react';

import { useAct } from '@/features/shell/act';
import { useClock } from '@/features/shell/clock';
import { Buttons } from '@/ui/Buttons';
import { Choices } from '@/ui/Choices';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { makeDue } from '../actions/edit';
import { shortDayText } from '../time/text';
import type { Day } from '@/time/zone';
import { addDays, dayAt, nextWeekday } from '@/time/zone';
import { useTargets } from './targets';

export function Reschedule({ taskIds, onClose }: { taskIds: readonly string[]; onClose: () => void }) {
  const act = useAct();
  const tasks = useTargets(taskIds);
  const clock = useClock();
  const [picked, setPicked] = useState('');
  const today = dayAt(clock.now, clock.zone);
  const days: Readonly<Record<string, Day | null>> = {
    today,
    tomorrow: addDays(today, 1),
    weekend: nextWeekday(today, 'saturday'),
    nextWeek: nextWeekday(today, 'monday'),
    none: null,
  };
  const choose = async (day: Day | null) => {
    if (await act.keep(() => makeDue(act.contextOf(), tasks, day))) onClose();
  };
  const note = (day: Day) => ({ note: shortDayText(day) });
  return (
    <Panel title={words.task.reschedule.title} size="sm" onClose={onClose}>
      <Choices
        choices={[
          { id: 'today', name: words.task.reschedule.today, icon: IconCalendarDue, ...note(today) },
          { id: 'tomorrow', name: words.task.reschedule.tomorrow, icon: IconCalendarPlus, ...note(addDays(today, 1)) },
          {
            id: 'weekend',
            name: words.task.reschedule.weekend,
            icon: IconBeach,
            ...note(nextWeekday(today, 'saturday')),
          },
          {
            id: 'nextWeek',
            name: words.task.reschedule.nextWeek,
            icon: IconCalendarWeek,
            ...note(nextWeekday(today, 'monday')),
          },
          { id: 'none', name: words.task.reschedule.none, icon: IconCalendarOff },
        ]}
        onChoose={(id) => void choose(days[id] ?? null)}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (picked !== '') void choose(picked);
        }}
      >
        <TextInput
          type="date"
          mt="sm"
          label={words.task.reschedule.pick}
          value={picked}
          onChange={(event) => setPicked(event.currentTarget.value)}
        />
        <Buttons>
          <TextButton type="submit" look="filled" disabled={picked === ''}>
            {words.task.reschedule.title}
          </TextButton>
        </Buttons>
      </form>
    </Panel>
  );
}
