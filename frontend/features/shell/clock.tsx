'use client';

// The moment and the zone that all views are of. It moves on with every minute.
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

import type { Clock } from '@/time/zone';
import { browserZone } from '@/time/zone';
import { useSnapshot } from '@/live/react';

const MINUTE = 60_000;
const ClockContext = createContext<Clock>({ now: 0, zone: 'UTC' });

export function ClockProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), MINUTE - (Date.now() % MINUTE));
    return () => clearTimeout(timer);
  }, [now]);
  useEffect(() => {
    // Timers sleep in a hidden tab and with the computer.
    const look = () => setNow(Date.now());
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  const zone = useSnapshot().settings?.timezone ?? browserZone();
  const clock = useMemo(() => ({ now, zone }), [now, zone]);
  return <ClockContext value={clock}>{children}</ClockContext>;
}

export function useClock(): Clock {
  return useContext(ClockContext);
}
