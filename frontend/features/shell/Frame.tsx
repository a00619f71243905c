'use client';

import { useState } from 'react';

import { useBrowserNotifications } from '@/features/notifications/show';
import { Boundary } from '@/ui/Boundary';
import { Drawer } from '@/ui/Drawer';
import { words } from '@/words/en';

import { useAddress } from './address';
import { Crashed } from './Crashed';
import { useShellState } from './shell-state';
import classes from './Frame.module.css';
import { Header } from './Header';
import { useKeyboard } from './keyboard';
import { Messages } from './Messages';
import { Panels } from './Panels';
import { usePreloaded } from './preload';
import { Screen } from './Screen';
import type { User } from './session';
import { Sidebar } from './Sidebar';
import { Speaker } from './Speaker';
import { Standing } from './Standing';

/** Landmarks of the page: navigation, header, the list, and what opens over them. */
export function Frame({ user }: { user: User }) {
  const [navigating, setNavigating] = useState(false);
  const { route } = useAddress();
  const told = useShellState((shell) => shell.told);
  useKeyboard();
  useBrowserNotifications();
  usePreloaded();
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main">
        {words.shell.skip}
      </a>
      <div className={classes.side}>
        <Sidebar />
      </div>
      <Drawer label={words.shell.navigation} opened={navigating} onClose={() => setNavigating(false)}>
        <Sidebar onGone={() => setNavigating(false)} />
      </Drawer>
      <Header user={user} onNavigate={() => setNavigating(true)} />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Standing />
        <Boundary of={JSON.stringify(route)} fallback={<Crashed />}>
          <Screen />
        </Boundary>
      </main>
      <Panels user={user} />
      {told === null ? null : <Messages key={told.text} told={told} />}
      <Speaker />
    </div>
  );
}
