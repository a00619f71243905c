'use client';

import { Textarea } from '@mantine/core';
import { useState } from 'react';

import { goTo } from '@/features/shell/address';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { NamedForm } from './NamedForm';

export function FilterForm({ id, onClose }: { id: string | null; onClose: () => void }) {
  const live = useLive();
  const { filters } = useSnapshot();
  const filter = id === null ? undefined : filters.get(id);
  const [condition, setCondition] = useState(filter?.filter ?? '');
  const text = words.shell.filter;
  const save = async (name: string) => {
    if (filter === undefined) goTo(`/filters/${await live.createFilter({ name, filter: condition })}`);
    else await live.editFilter(filter.id, { name, filter: condition });
  };
  return (
    <NamedForm
      title={filter === undefined ? text.new : text.edit}
      nameLabel={text.name}
      name={filter?.name ?? ''}
      otherNames={[...filters.values()].filter((each) => each.id !== id).map(({ name }) => name)}
      canSave={condition.trim() !== ''}
      onSave={save}
      onClose={onClose}
      {...(filter === undefined
        ? {}
        : {
            removal: {
              title: text.deleteTitle(filter.name),
              text: text.deleteText,
              run: () => live.deleteFilter(filter.id),
            },
          })}
    >
      <Textarea
        mt="md"
        required
        withAsterisk={false}
        autosize
        minRows={2}
        label={text.filter}
        description={text.hint}
        value={condition}
        onChange={(event) => setCondition(event.currentTarget.value)}
      />
    </NamedForm>
  );
}
