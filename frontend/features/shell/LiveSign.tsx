'use client';

import { IconCloudCheck, IconCloudOff, IconDatabaseOff, IconRefresh } from '@tabler/icons-react';

import type { LiveStatus } from '@/live/live';
import { useLiveStatus } from '@/live/react';
import { words } from '@/words/en';

import classes from './LiveSign.module.css';

/** The small honest sign: live, catching up, offline with n changes waiting, storage full. */
export function LiveSign() {
  const status = useLiveStatus();
  const { icon: Picture, text, hint, mood } = signOf(status);
  return (
    <span className={classes.sign} data-mood={mood} title={hint}>
      <Picture size={18} stroke={1.75} aria-hidden />
      <span className={classes.text}>{text}</span>
    </span>
  );
}

export function signOf({ connection, waiting, storageFull }: LiveStatus) {
  const { live } = words;
  if (storageFull) return { icon: IconDatabaseOff, text: live.full, hint: live.fullText, mood: 'bad' };
  const n = waiting === 0 ? '' : `, ${live.waiting(waiting)}`;
  if (connection === 'offline') {
    return { icon: IconCloudOff, text: `${live.offline}${n}`, hint: live.offlineHint, mood: 'warning' };
  }
  if (connection === 'catching-up') {
    return { icon: IconRefresh, text: `${live.catchingUp}${n}`, hint: live.catchingUpHint, mood: 'busy' };
  }
  return { icon: IconCloudCheck, text: `${live.connected}${n}`, hint: live.connectedHint, mood: 'good' };
}
