'use client';

// Who is signed in, also when no server can be asked: the last one is remembered in this browser, without any secret.
import { useEffect } from 'react';

import type { Config } from '@/config/config';

import { leaveToSignIn } from './leave';

export interface User {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

export interface Session {
  readonly user: User;
  readonly config: Config;
}

const KEY = 'taskwire.session';

export function lastSession(): Session | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return isSession(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function forgetSession(): void {
  localStorage.removeItem(KEY);
}

export function useRemembered(session: Session | null): void {
  useEffect(() => {
    if (session === null) leaveToSignIn();
    else remember(session);
  }, [session]);
}

function remember(session: Session): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // Without room the page works all the same, except after a reload with no server.
  }
}

function isSession(kept: unknown): kept is Session {
  if (typeof kept !== 'object' || kept === null || !('user' in kept) || !('config' in kept)) return false;
  const { user, config } = kept;
  return typeof user === 'object' && user !== null && 'userId' in user && typeof config === 'object' && config !== null;
}
