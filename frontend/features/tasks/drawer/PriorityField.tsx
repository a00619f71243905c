'use client';

import { Select } from '@mantine/core';
import { IconFlag } from '@tabler/icons-react';

import { words } from '@/words/en';

import { PRIORITIES } from '../views/order';
import { useOpenTask } from './edit';

export function PriorityField() {
  const { task, edit } = useOpenTask();
  return (
    <Select
      label={words.task.fields.priority}
      leftSection={<IconFlag size={18} stroke={1.75} />}
      data={PRIORITIES.map((priority) => ({ value: priority, label: words.task.priority[priority] }))}
      value={task.priority}
      allowDeselect={false}
      onChange={(priority) => void (priority !== null && edit({ priority }))}
    />
  );
}
