'use client';

import { Spotlight, spotlight } from '@mantine/spotlight';
import type { SpotlightActionGroupData } from '@mantine/spotlight';
import { IconCircle, IconFilter, IconHash, IconSearch, IconSquareRoundedFilled } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';

import { actions } from '@/features/tasks/actions/all';
import { palette } from '@/features/tasks/actions/general';
import { searchHere } from '@/features/tasks/views/search';
import { useSnapshot } from '@/live/react';
import { Keys } from '@/ui/Keys';
import { useReturnFocus } from '@/ui/return-focus';
import { words } from '@/words/en';

import type { Act } from './act';
import { useAct } from './act';
import { goTo, showTask } from './address';

import '@mantine/spotlight/styles.css';

const TASKS_SHOWN = 8;

/** Every command, every list and every task by its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const act = useAct();
  const snapshot = useSnapshot();
  const [query, setQuery] = useState('');
  useReturnFocus();
  useEffect(() => spotlight.open(), []);
  const commands = useMemo(() => commandsOf(act), [act]);
  const lists = useMemo(
    () => [
      ...[...snapshot.projects.values()].map(({ id, name }) =>
        listOf(`/projects/${id}`, name, IconSquareRoundedFilled),
      ),
      ...[...snapshot.tags.values()].map(({ id, name }) => listOf(`/tags/${id}`, name, IconHash)),
      ...[...snapshot.filters.values()].map(({ id, name }) => listOf(`/filters/${id}`, name, IconFilter)),
    ],
    [snapshot.projects, snapshot.tags, snapshot.filters],
  );
  const tasks = searchHere(snapshot, query)
    .slice(0, TASKS_SHOWN)
    .flatMap((id) => snapshot.tasks.get(id) ?? [])
    .map(({ id, title }) => ({
      id,
      label: title,
      leftSection: <IconCircle size={20} stroke={1.75} />,
      // Found already, perhaps by another word than those of its title.
      keywords: query,
      onClick: () => showTask(id),
    }));
  return (
    <Spotlight
      actions={[
        { group: words.actions.groups.general, actions: commands },
        { group: words.shell.palette.lists, actions: lists },
        { group: words.shell.palette.tasks, actions: tasks },
      ]}
      shortcut={null}
      attributes={{ content: { 'aria-label': words.shell.palette.placeholder } }}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      nothingFound={words.shell.palette.nothing}
      highlightQuery={false}
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={20} stroke={1.75} />,
        placeholder: words.shell.palette.placeholder,
        'aria-label': words.shell.palette.placeholder,
      }}
    />
  );
}

function commandsOf(act: Act): SpotlightActionGroupData['actions'] {
  const context = act.contextOf();
  return actions
    .filter((action) => action !== palette && action.group !== 'select' && action.when(context))
    .map((action) => ({
      id: action.id,
      label: action.name,
      leftSection: <action.icon size={20} stroke={1.75} />,
      rightSection: <Keys of={action.shortcuts[0]} />,
      onClick: () => act.run(action, context.targets),
    }));
}

function listOf(path: string, label: string, Picture: typeof IconHash) {
  return { id: path, label, leftSection: <Picture size={20} stroke={1.75} />, onClick: () => goTo(path) };
}
