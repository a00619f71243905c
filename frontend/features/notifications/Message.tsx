'use client';

import { IconBell, IconCheck } from '@tabler/icons-react';

import type { Notification } from '@/api/schema';
import { withQuery } from '@/features/shell/address';
import { useClock } from '@/features/shell/clock';
import { Link } from '@/features/shell/Link';
import { instantText } from '@/features/tasks/time/text';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import classes from './Inbox.module.css';

/** One reminder that fired. Opening its task reads it. */
export function Message({
  notification: { task_id, title, due_at, late, read_at },
  firedText,
  onRead,
}: {
  notification: Notification;
  firedText: string;
  onRead: () => void;
}) {
  const clock = useClock();
  const text = words.shell.notificationsPage;
  const isUnread = read_at == null;
  const facts = [
    isUnread ? text.unread : '',
    firedText,
    late ? text.late : '',
    due_at == null ? '' : text.due(instantText(Date.parse(due_at), clock)),
  ];
  return (
    <li className={classes.message} data-unread={isUnread || undefined}>
      <IconBell size={20} stroke={1.75} aria-hidden />
      <Link
        href={withQuery('task', task_id)}
        className={classes.link}
        onClick={() => {
          if (isUnread) onRead();
        }}
      >
        <span className={classes.name}>{title}</span>
        <span className={classes.when}>{facts.filter(Boolean).join(' · ')}</span>
      </Link>
      {isUnread ? <IconButton icon={IconCheck} label={text.read} onClick={onRead} /> : null}
    </li>
  );
}
