'use client';

import { Checkbox, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import { useAct } from '@/features/shell/act';
import { useSnapshot } from '@/live/react';
import { Buttons } from '@/ui/Buttons';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { editEach } from '../actions/change';
import { tagNamed } from '../names';
import { useTargets } from './targets';

/** Gives tags to all of the tasks, or takes them away. */
export function Tags({ taskIds, onClose }: { taskIds: readonly string[]; onClose: () => void }) {
  const act = useAct();
  const tasks = useTargets(taskIds);
  const { tags } = useSnapshot();
  const [name, setName] = useState('');
  const inOrder = [...tags.values()].sort((a, b) => a.name.localeCompare(b.name));

  const change = (id: string, isOn: boolean) =>
    act.keep(() =>
      editEach(act.contextOf(), tasks, words.actions.changed, ({ tags: own }) => {
        if (own.includes(id) === isOn) return null;
        return { tags: isOn ? [...own, id] : own.filter((each) => each !== id) };
      }),
    );
  const add = () =>
    act.keep(async () => {
      const { live, snapshot } = act.contextOf();
      const id = tagNamed(snapshot, name)?.id ?? (await live.createTag(name.trim()));
      setName('');
      await change(id, true);
    });

  return (
    <Panel title={words.task.tag.title} size="sm" onClose={onClose}>
      <Stack gap="xs">
        {inOrder.length === 0 ? words.task.tag.none : null}
        {inOrder.map((tag) => {
          const count = tasks.filter((task) => task.tags.includes(tag.id)).length;
          return (
            <Checkbox
              key={tag.id}
              label={tag.name}
              checked={count > 0 && count === tasks.length}
              indeterminate={count > 0 && count < tasks.length}
              onChange={(event) => void change(tag.id, event.currentTarget.checked)}
            />
          );
        })}
      </Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void add();
        }}
      >
        <TextInput
          mt="md"
          label={words.task.tag.add}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Buttons>
          <TextButton type="submit" disabled={name.trim() === ''}>
            {words.shell.create}
          </TextButton>
          <TextButton look="filled" onClick={onClose}>
            {words.shell.close}
          </TextButton>
        </Buttons>
      </form>
    </Panel>
  );
}
