'use client';

import { Select, Stack } from '@mantine/core';

import type { SettingsPatch } from '@/api/schema';
import { useAct } from '@/features/shell/act';
import { DurationList } from '@/features/tasks/drawer/DurationList';
import { weekdayText, weekFrom } from '@/features/tasks/time/text';
import { allZones, browserZone, WEEK } from '@/time/zone';
import { useLive, useSnapshot } from '@/live/react';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

/** Any Monday: only its name is shown, and those of the days after it. */
const A_MONDAY = '2024-01-01';

/** What the person chose for all tasks. Each choice is kept at once. */
export function Settings({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const act = useAct();
  const { settings } = useSnapshot();
  const text = words.shell.settings;
  const zone = settings?.timezone ?? null;
  const here = browserZone();
  const keep = async (patch: SettingsPatch) => {
    if (await act.keep(() => live.editSettings(patch))) act.screen.say(text.saved);
  };
  return (
    <Panel title={text.title} onClose={onClose}>
      <Stack gap="md">
        <Select
          searchable
          label={text.zone}
          description={text.zoneHint}
          data={[...allZones()]}
          value={zone ?? here}
          onChange={(timezone) => void (timezone !== null && keep({ timezone }))}
        />
        {zone === here ? null : (
          <TextButton onClick={() => void keep({ timezone: here })}>{text.useBrowserZone(here)}</TextButton>
        )}
        <Select
          label={text.firstDay}
          data={weekFrom(A_MONDAY).map((day, index) => ({ value: WEEK[index] ?? '', label: weekdayText(day) }))}
          value={settings?.first_day_of_week ?? 'monday'}
          onChange={(day) => void (day !== null && keep({ first_day_of_week: day }))}
        />
        <DurationList
          label={text.reminders}
          hint={text.remindersHint}
          durations={settings?.default_reminders ?? []}
          onChange={(default_reminders) => void keep({ default_reminders })}
        />
      </Stack>
    </Panel>
  );
}
