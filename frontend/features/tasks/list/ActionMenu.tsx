'use client';

import { Menu } from '@mantine/core';
import { Fragment } from 'react';
import type { ReactElement } from 'react';

import { useAct } from '@/features/shell/act';
import type { LiveTask } from '@/live/live';
import { Keys } from '@/ui/Keys';

import { taskActions } from '../actions/all';
import { remove } from '../actions/finish';
import { select } from '../actions/select';

/** The actions of a task that can be done now. */
export function ActionMenu({
  task,
  button,
  opened,
  onChange,
}: {
  task: LiveTask;
  button: ReactElement;
  opened: boolean;
  onChange: (opened: boolean) => void;
}) {
  const act = useAct();
  const context = { ...act.contextOf([task]), cursor: task.id };
  const possible = opened ? [...taskActions.slice(0, -1), select, remove].filter((action) => action.when(context)) : [];
  return (
    <Menu
      opened={opened}
      onChange={onChange}
      position="bottom-end"
      width={250}
      shadow="md"
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
        {possible.map((action) => (
          <Fragment key={action.id}>
            {action === remove ? <Menu.Divider /> : null}
            <Menu.Item
              {...(action === remove ? { c: 'var(--danger)' } : {})}
              leftSection={<action.icon size={18} stroke={1.75} />}
              rightSection={<Keys of={action.shortcuts[0]} />}
              onClick={() => void act.keep(() => action.run({ ...act.contextOf([task]), cursor: task.id }))}
            >
              {action.name}
            </Menu.Item>
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
