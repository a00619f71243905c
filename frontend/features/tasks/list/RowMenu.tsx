'use client';

import type { Icon } from '@tabler/icons-react';
import dynamic from 'next/dynamic';
import { useState } from 'react';

import type { LiveTask } from '@/live/live';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import classes from './RowMenu.module.css';

const ActionMenu = dynamic(() => import('./ActionMenu').then((module) => module.ActionMenu));

/** All that can be done to one task. The menu is loaded when it is wanted. */
export function RowMenu({ task, icon }: { task: LiveTask; icon: Icon }) {
  const [opened, setOpened] = useState(false);
  const [wanted, setWanted] = useState(false);
  const button = (
    <IconButton
      icon={icon}
      label={words.task.moreNamed(task.title)}
      className={classes.menu ?? ''}
      aria-haspopup="menu"
      aria-expanded={opened}
      onClick={() => {
        setWanted(true);
        setOpened(!opened);
      }}
    />
  );
  return wanted ? <ActionMenu task={task} button={button} opened={opened} onChange={setOpened} /> : button;
}
