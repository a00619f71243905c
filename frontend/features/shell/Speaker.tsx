'use client';

import { useEffect, useRef } from 'react';

import { useLive } from '@/live/react';
import { Announcer } from '@/ui/Announcer';
import { words } from '@/words/en';

import { describeChanges } from './changes';
import { useShellStore, useShellState } from './shell-state';

/** Changes that come at once are told as one. */
const GATHER_MS = 400;

/** Screen readers hear what changes, here or on another device. */
export function Speaker() {
  const live = useLive();
  const shell = useShellStore();
  const said = useShellState((state) => state.said);
  const seen = useRef(live.snapshot());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let wasOffline = live.status().connection === 'offline';
    const tell = () => {
      timer = null;
      const now = live.snapshot();
      const text = describeChanges(seen.current, now);
      seen.current = now;
      if (text !== null) shell.set({ said: { text } });
    };
    const changed = () => {
      const isOffline = live.status().connection === 'offline';
      if (isOffline !== wasOffline) {
        wasOffline = isOffline;
        shell.set({ said: { text: isOffline ? words.live.told.offline : words.live.told.live } });
      }
      timer ??= setTimeout(tell, GATHER_MS);
    };
    const stop = live.subscribe(changed);
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [live, shell]);
  return <Announcer said={said} />;
}
