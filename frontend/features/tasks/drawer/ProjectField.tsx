'use client';

import { Select } from '@mantine/core';

import { useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { compare } from '../views/order';
import { useOpenTask } from './edit';

export function ProjectField() {
  const { task, edit } = useOpenTask();
  const { projects } = useSnapshot();
  const inOrder = [...projects.values()]
    .filter(({ id, archived }) => !archived || id === task.project_id)
    .sort((a, b) => compare(a.order_key, b.order_key));
  return (
    <Select
      searchable
      clearable
      label={words.task.fields.project}
      placeholder={words.task.drawer.noProject}
      data={inOrder.map(({ id, name }) => ({ value: id, label: name }))}
      value={task.project_id ?? null}
      clearButtonProps={{ 'aria-label': words.task.drawer.remove(words.task.fields.project) }}
      onChange={(project_id) => void edit({ project_id })}
    />
  );
}
