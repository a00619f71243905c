'use client';

// Opens the live store of who is signed in, once.
import { useEffect, useState } from 'react';

import type { TokenSource } from '@/auth/token';
import type { Live } from '@/live/live';
import { openLive } from '@/live/open';
import { registerWorker } from '@/live/worker';

import { leaveFor } from './leave';
import type { Session } from './session';

export function useOpened(session: Session | null, tokens: TokenSource): { live: Live | null; failed: boolean } {
  const [live, setLive] = useState<Live | null>(null);
  const [failed, setFailed] = useState(false);
  const userId = session?.user.userId ?? null;
  const config = session?.config ?? null;
  useEffect(() => {
    if (userId === null || config === null) return;
    let left = false;
    let opened: Live | null = null;
    const open = async () => {
      const store = await openLive({ config, tokens, userId, onWiped: () => leaveFor('/sign-in') });
      if (left) return store.close();
      opened = store;
      setLive(store);
    };
    open().catch(() => setFailed(true));
    void registerWorker();
    return () => {
      left = true;
      setLive(null);
      void opened?.close();
    };
    // A session is one for as long as the user is: its other fields do not change under an open page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [userId, tokens]);
  return { live, failed };
}
