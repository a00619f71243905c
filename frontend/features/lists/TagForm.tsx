'use client';

import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { NamedForm } from './NamedForm';

export function TagForm({ id, onClose }: { id: string | null; onClose: () => void }) {
  const live = useLive();
  const { tags } = useSnapshot();
  const tag = id === null ? undefined : tags.get(id);
  const text = words.shell.tag;
  return (
    <NamedForm
      title={tag === undefined ? text.new : text.edit}
      nameLabel={text.name}
      name={tag?.name ?? ''}
      otherNames={[...tags.values()].filter((each) => each.id !== id).map(({ name }) => name)}
      onSave={(name) => (tag === undefined ? live.createTag(name) : live.renameTag(tag.id, name))}
      onClose={onClose}
      {...(tag === undefined
        ? {}
        : { removal: { title: text.deleteTitle(tag.name), text: text.deleteText, run: () => live.deleteTag(tag.id) } })}
    />
  );
}
