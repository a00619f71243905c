'use client';

import { IconBellCheck, IconChecks } from '@tabler/icons-react';
import { useEffect } from 'react';

import { useAct } from '@/features/shell/act';
import { useClock } from '@/features/shell/clock';
import { instantText } from '@/features/tasks/time/text';
import { useLive, useSnapshot } from '@/live/react';
import { Hint } from '@/ui/Hint';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { BrowserNotifications } from './BrowserNotifications';
import classes from './Inbox.module.css';
import { Message } from './Message';

/** The reminders that have fired, newest first. */
export function Inbox() {
  const live = useLive();
  const act = useAct();
  const clock = useClock();
  const { notifications } = useSnapshot();
  const unread = notifications.filter(({ read_at }) => read_at == null);
  const text = words.shell.notificationsPage;
  useEffect(() => {
    document.title = `${words.shell.notifications} · ${words.shell.product}`;
  }, []);
  return (
    <section className={classes.page} aria-labelledby="list-title">
      <header className={classes.head}>
        <h1 id="list-title" className={classes.title}>
          {words.shell.notifications}
        </h1>
        {unread.length === 0 ? null : (
          <TextButton
            icon={IconChecks}
            onClick={() => void act.keep(() => Promise.all(unread.map(({ id }) => live.readNotification(id))))}
          >
            {text.readAll}
          </TextButton>
        )}
      </header>
      <BrowserNotifications />
      {notifications.length === 0 ? (
        <Hint icon={IconBellCheck} title={text.empty} text={text.emptyText} />
      ) : (
        <ul className={classes.list}>
          {notifications.map((notification) => (
            <Message
              key={notification.id}
              notification={notification}
              firedText={instantText(Date.parse(notification.fired_at), clock)}
              onRead={() => void act.keep(() => live.readNotification(notification.id))}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
