'use client';

import { IconBell, IconMenu2 } from '@tabler/icons-react';

import { goNotifications } from '@/features/tasks/actions/general';
import { useSnapshot } from '@/live/react';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { useAct } from './act';
import classes from './Header.module.css';
import { LiveSign } from './LiveSign';
import { SearchField } from './SearchField';
import type { User } from './session';
import { UserButton } from './UserButton';

export function Header({ user, onNavigate }: { user: User; onNavigate: () => void }) {
  const act = useAct();
  const unread = useSnapshot().notifications.filter(({ read_at }) => read_at == null).length;
  const bell = unread === 0 ? words.shell.notifications : `${words.shell.notifications}, ${words.shell.unread(unread)}`;
  return (
    <header className={classes.header}>
      <IconButton
        icon={IconMenu2}
        label={words.shell.openNavigation}
        className={classes.menu ?? ''}
        onClick={onNavigate}
      />
      <SearchField />
      <LiveSign />
      <span className={classes.bell} data-unread={unread > 0 || undefined}>
        <IconButton icon={IconBell} label={bell} onClick={() => act.run(goNotifications)} />
      </span>
      <UserButton user={user} />
    </header>
  );
}
