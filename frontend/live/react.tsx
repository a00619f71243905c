'use client';

// The live store for React.
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

import type { Live, LiveStatus, Snapshot } from './live';

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** The store of the person who is signed in, for changes. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) {
    throw new Error('there is no LiveProvider above this component');
  }
  return live;
}

export function useSnapshot(): Snapshot {
  const live = useLive();
  return useSyncExternalStore(useSubscribe(live), () => live.snapshot(), emptySnapshot);
}

export function useLiveStatus(): LiveStatus {
  const live = useLive();
  return useSyncExternalStore(useSubscribe(live), () => live.status(), offlineStatus);
}

/** The same function for the same store: another one would subscribe anew with each rendering. */
function useSubscribe(live: Live) {
  return useCallback((listener: () => void) => live.subscribe(listener), [live]);
}

const EMPTY: Snapshot = {
  loaded: false,
  tasks: new Map(),
  projects: new Map(),
  tags: new Map(),
  filters: new Map(),
  series: new Map(),
  settings: null,
  notifications: [],
};

const OFFLINE: LiveStatus = {
  connection: 'offline',
  waiting: 0,
  storageFull: false,
  signedOut: false,
  conflicts: [],
  refused: [],
};

// What the server renders: it has none of the person's tasks.
const emptySnapshot = () => EMPTY;
const offlineStatus = () => OFFLINE;
