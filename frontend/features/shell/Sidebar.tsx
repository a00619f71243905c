'use client';

import {
  IconBell,
  IconCalendarMonth,
  IconFilter,
  IconHash,
  IconInbox,
  IconList,
  IconPlus,
  IconSquareRoundedFilled,
  IconSun,
} from '@tabler/icons-react';
import { useMemo } from 'react';

import { create } from '@/features/tasks/actions/general';
import { countToday } from '@/features/tasks/views/lists';
import { compare } from '@/features/tasks/views/order';
import { useSnapshot } from '@/live/react';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { useAct } from './act';
import { useClock } from './clock';
import classes from './Sidebar.module.css';
import { SideLink } from './SideLink';
import { SideSection } from './SideSection';

/** The way to every list. */
export function Sidebar({ onGone }: { onGone?: () => void }) {
  const act = useAct();
  const snapshot = useSnapshot();
  const clock = useClock();
  const dueToday = useMemo(() => countToday(snapshot.tasks, clock), [snapshot.tasks, clock]);
  const unread = snapshot.notifications.filter(({ read_at }) => read_at == null).length;
  const projects = [...snapshot.projects.values()].sort((a, b) => compare(a.order_key, b.order_key));
  const tags = [...snapshot.tags.values()].sort((a, b) => a.name.localeCompare(b.name));
  const filters = [...snapshot.filters.values()].sort((a, b) => compare(a.order_key, b.order_key));
  const add = () => {
    onGone?.();
    act.run(create);
  };
  return (
    <nav className={classes.sidebar} aria-label={words.shell.navigation} onClick={leaveOn(onGone)}>
      <p className={classes.product}>{words.shell.product}</p>
      <TextButton icon={IconPlus} look="filled" className={classes.add ?? ''} onClick={add}>
        {create.name}
      </TextButton>
      <ul className={classes.links}>
        <SideLink to={{ view: 'today' }} icon={IconSun} name={words.shell.today} count={dueToday} />
        <SideLink to={{ view: 'upcoming' }} icon={IconCalendarMonth} name={words.shell.upcoming} />
        <SideLink to={{ view: 'all' }} icon={IconList} name={words.shell.all} />
        <SideLink to={{ view: 'inbox' }} icon={IconInbox} name={words.shell.inbox} />
        <SideLink
          to={{ view: 'notifications' }}
          icon={IconBell}
          name={words.shell.notifications}
          count={unread}
          countText={words.shell.unread(unread)}
        />
      </ul>
      <SideSection name={words.shell.projects} kind="project">
        {projects
          .filter(({ archived }) => !archived)
          .map(({ id, name, color }) => (
            <SideLink
              key={id}
              to={{ view: 'project', id }}
              icon={IconSquareRoundedFilled}
              name={name}
              {...(color == null ? {} : { color })}
              editable
            />
          ))}
      </SideSection>
      <SideSection name={words.shell.tags} kind="tag">
        {tags.map(({ id, name }) => (
          <SideLink key={id} to={{ view: 'tag', id }} icon={IconHash} name={name} editable />
        ))}
      </SideSection>
      <SideSection name={words.shell.filters} kind="filter">
        {filters.map(({ id, name }) => (
          <SideLink key={id} to={{ view: 'filter', id }} icon={IconFilter} name={name} editable />
        ))}
      </SideSection>
      {projects.some(({ archived }) => archived) ? (
        <details className={classes.archive}>
          <summary>{words.shell.archived}</summary>
          <ul className={classes.links}>
            {projects
              .filter(({ archived }) => archived)
              .map(({ id, name }) => (
                <SideLink key={id} to={{ view: 'project', id }} icon={IconSquareRoundedFilled} name={name} editable />
              ))}
          </ul>
        </details>
      ) : null}
    </nav>
  );
}

/** Following a link closes the navigation that lies over the page. */
function leaveOn(onGone: (() => void) | undefined) {
  return ({ target }: { target: EventTarget }) => {
    if (target instanceof Element && target.closest('a[href], button') !== null) onGone?.();
  };
}
