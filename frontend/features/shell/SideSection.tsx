'use client';

import { IconPlus } from '@tabler/icons-react';
import { useId } from 'react';
import type { ReactNode } from 'react';

import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { useShellStore } from './shell-state';
import classes from './SideSection.module.css';

const NEW = {
  project: words.actions.newProject,
  tag: words.actions.newTag,
  filter: words.actions.newFilter,
} as const;

/** Lists of one kind, with a button for another one. */
export function SideSection({
  name,
  kind,
  children,
}: {
  name: string;
  kind: 'project' | 'tag' | 'filter';
  children: ReactNode;
}) {
  const shell = useShellStore();
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes.section}>
      <div className={classes.head}>
        <h2 id={id} className={classes.name}>
          {name}
        </h2>
        <IconButton
          icon={IconPlus}
          label={NEW[kind]}
          className={classes.add ?? ''}
          onClick={() => shell.set({ panel: { kind, id: null } })}
        />
      </div>
      <ul className={classes.links}>{children}</ul>
    </section>
  );
}
