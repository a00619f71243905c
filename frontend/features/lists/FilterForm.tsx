'use client';

import { Textarea } from '@mantine/core';
import { useState } from 'react';

import { ApiError } from '@/api/error';
import { bodyOf } from '@/api/client';
import { useApi } from '@/api/react';
import { goTo } from '@/features/shell/address';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { NamedForm } from './NamedForm';

export function FilterForm({ id, onClose }: { id: string | null; onClose: () => void }) {
  const live = useLive();
  const { filters } = useSnapshot();
  const filter = id === null ? undefined : filters.get(id);
  const [condition, setCondition] = useState(filter?.filter ?? '');
  const [wrong, setWrong] = useState<string | null>(null);
  const api = useApi();
  const text = words.shell.filter;
  // Without a network it is kept as it is: the server says later what it does not understand.
  const check = async () => {
    const query = { filter: condition, limit: 1 };
    const refused = await bodyOf(api.tasks.GET('/v1/tasks', { params: { query } })).then(
      () => null,
      (error: unknown) => (error instanceof ApiError && error.status === 400 ? error.message : null),
    );
    setWrong(refused);
    return refused === null;
  };
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
      check={check}
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
        error={wrong}
        onChange={(event) => setCondition(event.currentTarget.value)}
      />
    </NamedForm>
  );
}
