'use client';

import { useSyncExternalStore } from 'react';

import { ApiProvider } from '@/api/react';
import { tokenSource } from '@/auth/client';
import type { Config } from '@/config/config';
import { LiveProvider } from '@/live/react';

import { ClockProvider } from './clock';
import { ShellStateProvider } from './shell-state';
import { Frame } from './Frame';
import { Opening } from './Opening';
import type { Session } from './session';
import { lastSession, useRemembered } from './session';
import { useOpened } from './opened';

const tokens = tokenSource();

/** Everything that someone who is signed in sees. Without a session from the server it is that of the last visit. */
export function Shell({ session }: { session: Session | null }) {
  const isHere = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  if (!isHere) return <Opening failed={false} />;
  return <Opened session={session ?? lastSession()} />;
}

function Opened({ session }: { session: Session | null }) {
  useRemembered(session);
  const { live, failed } = useOpened(session, tokens);
  if (session === null || live === null) return <Opening failed={failed} />;
  const config: Config = session.config;
  return (
    <LiveProvider live={live}>
      <ApiProvider config={config} tokens={tokens}>
        <ClockProvider>
          <ShellStateProvider>
            <Frame user={session.user} />
          </ShellStateProvider>
        </ClockProvider>
      </ApiProvider>
    </LiveProvider>
  );
}
