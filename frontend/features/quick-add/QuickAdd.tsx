'use client';

import { useState } from 'react';

import { bodyOf } from '@/api/client';
import { useApi } from '@/api/react';
import { useAct } from '@/features/shell/act';
import { useAddress } from '@/features/shell/address';
import { useClock } from '@/features/shell/clock';
import { lastOf, useAsked } from '@/features/search/asked';
import { useLive, useLiveStatus } from '@/live/react';
import { Buttons } from '@/ui/Buttons';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { LineField } from './LineField';
import { Notes } from './Notes';
import type { Reading } from './reading';
import { addRead, asTitle, fromList } from './reading';

const PAUSE_MS = 150;
/** How long adding waits for a line that was not read yet. */
const PATIENCE_MS = 2000;

/** One line becomes a task. What it is understood as is shown while it is typed. */
export function QuickAdd({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const act = useAct();
  const live = useLive();
  const clock = useClock();
  const { route } = useAddress();
  const isOffline = useLiveStatus().connection === 'offline';
  const [text, setText] = useState('');
  const [isAdding, setAdding] = useState(false);

  const read = async (line: string, signal: AbortSignal): Promise<Reading> => {
    const body = { text: line, dry_run: true, create_missing: false, timezone: clock.zone };
    return { text: line, answer: await bodyOf(api.tasks.POST('/v1/quick-add', { body, signal })) };
  };
  const asked = useAsked(text.trim() === '' || isOffline ? null : text, (signal) => read(text, signal), PAUSE_MS);
  const reading = lastOf(asked);

  const add = async () => {
    if (isAdding || text.trim() === '') return;
    setAdding(true);
    const meant = await meantBy(text, reading, isOffline ? null : read);
    await act.keep(async () => {
      const added = await addRead(live, live.snapshot(), meant, (task) => fromList(task, route, clock));
      if (added === null) return;
      act.screen.offerUndo({ text: words.actions.created(added.title), undo: () => live.deleteTask(added.id) });
      onClose();
    });
    setAdding(false);
  };

  return (
    <Panel title={words.task.quickAdd.title} size="lg" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <LineField text={text} reading={reading} onChange={setText} onEnter={() => void add()} />
        <Notes reading={text.trim() === '' ? null : reading} isOffline={isOffline} isFailed={asked.kind === 'failed'} />
        <Buttons>
          <TextButton onClick={onClose}>{words.shell.cancel}</TextButton>
          <TextButton type="submit" look="filled" disabled={isAdding || text.trim() === ''}>
            {words.task.quickAdd.add}
          </TextButton>
        </Buttons>
      </form>
    </Panel>
  );
}

/** Who types faster than the server reads waits a moment for it; without an answer the line is the title. */
async function meantBy(
  text: string,
  reading: Reading | null,
  read: ((line: string, signal: AbortSignal) => Promise<Reading>) | null,
) {
  if (read === null) return asTitle(text);
  if (reading?.text === text) return reading.answer;
  try {
    return (await read(text, AbortSignal.timeout(PATIENCE_MS))).answer;
  } catch {
    return asTitle(text);
  }
}
