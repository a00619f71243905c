'use client';

import { IconBellRinging } from '@tabler/icons-react';
import { useState } from 'react';

import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import classes from './Inbox.module.css';

/** Whether this browser may show reminders. It is asked on a click alone. */
export function BrowserNotifications() {
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : null));
  const text = words.shell.notificationsPage;
  if (permission === 'default') {
    return (
      <div className={classes.ask}>
        <TextButton icon={IconBellRinging} onClick={() => void Notification.requestPermission().then(setPermission)}>
          {text.allow}
        </TextButton>
      </div>
    );
  }
  const told = { granted: text.allowed, denied: text.denied, none: text.unsupported };
  return <p className={classes.ask}>{told[permission ?? 'none']}</p>;
}
