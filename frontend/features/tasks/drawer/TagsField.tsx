'use client';

import { TagsInput } from '@mantine/core';

import { useAct } from '@/features/shell/act';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { tagNamed } from '../names';
import { useOpenTask } from './edit';

/** Tags by their names; a name that nobody has is a new tag. */
export function TagsField() {
  const { task, edit } = useOpenTask();
  const { tags } = useSnapshot();
  const live = useLive();
  const act = useAct();
  const names = task.tags.flatMap((id) => tags.get(id)?.name ?? []);
  const change = (chosen: string[]) =>
    act.keep(async () => {
      const ids: string[] = [];
      for (const name of chosen) ids.push(tagNamed({ tags }, name)?.id ?? (await live.createTag(name.trim())));
      await edit({ tags: [...new Set(ids)] });
    });
  return (
    <TagsInput
      label={words.task.fields.tags}
      placeholder={names.length === 0 ? words.task.drawer.addTag : ''}
      data={[...tags.values()].map(({ name }) => name).sort((a, b) => a.localeCompare(b))}
      value={names}
      acceptValueOnBlur
      splitChars={[',']}
      onChange={(chosen) => void change(chosen)}
    />
  );
}
