'use client';

import { useMemo, useSyncExternalStore } from 'react';

import { ApiProvider } from '@/api/react';
import { tokenSource } from '@/auth/client';
import type { Config } from '@/config/config';
import { tokensOf } from '@/live/access';
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
  const userId = session?.user.userId ?? '';
  // Another person may sign in in another tab: what this page asks for is asked for as its own person, or not at all.
  const own = useMemo(() => tokensOf(userId, tokens), [userId]);
  if (session === null || live === null) return <Opening failed={failed} />;
  const config: Config = session.config;
  return (
    <LiveProvider live={live}>
      <ApiProvider config={config} tokens={own}>
        <ClockProvider>
          <ShellStateProvider>
            <Frame user={session.user} />
          </ShellStateProvider>
        </ClockProvider>
      </ApiProvider>
    </LiveProvider>
  );
}
