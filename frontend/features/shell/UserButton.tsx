'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';

import { words } from '@/words/en';

import type { User } from './session';
import classes from './UserButton.module.css';

const UserMenu = dynamic(() => import('./UserMenu').then((module) => module.UserMenu));

/** The menu behind it is loaded when it is wanted. */
export function UserButton({ user }: { user: User }) {
  const [opened, setOpened] = useState(false);
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className={classes.user}
      aria-label={words.shell.account(user.name)}
      aria-haspopup="menu"
      aria-expanded={opened}
      onClick={() => {
        setWanted(true);
        setOpened(!opened);
      }}
    >
      <span aria-hidden>{initialOf(user.name)}</span>
    </button>
  );
  return wanted ? <UserMenu user={user} button={button} opened={opened} onChange={setOpened} /> : button;
}

function initialOf(name: string): string {
  return (Array.from(name.trim())[0] ?? '?').toUpperCase();
}
