'use client';

import type { Icon } from '@tabler/icons-react';
import { IconPencil } from '@tabler/icons-react';

import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { useAddress } from './address';
import { useShellStore } from './shell-state';
import { Link } from './Link';
import type { Route } from './route';
import { pathOf } from './route';
import classes from './SideLink.module.css';

/** One list in the navigation. */
export function SideLink({
  to,
  icon: Picture,
  name,
  count = 0,
  countText,
  color,
  editable = false,
}: {
  to: Route;
  icon: Icon;
  name: string;
  count?: number;
  countText?: string;
  color?: string;
  editable?: boolean;
}) {
  const { route } = useAddress();
  const shell = useShellStore();
  const path = pathOf(to);
  const isHere = route !== null && pathOf(route) === path;
  return (
    <li className={classes.item} data-here={isHere || undefined}>
      <Link href={path} className={classes.link} aria-current={isHere ? 'page' : undefined}>
        <Picture size={20} stroke={1.75} aria-hidden style={color === undefined ? undefined : { color }} />
        <span className={classes.name}>{name}</span>
        {count === 0 ? null : (
          <span className={classes.count}>
            <span aria-hidden>{count}</span>
            <span className="visually-hidden">{countText ?? words.shell.dueToday(count)}</span>
          </span>
        )}
      </Link>
      {editable && 'id' in to ? (
        <IconButton
          icon={IconPencil}
          label={words.shell.more(name)}
          className={classes.edit ?? ''}
          onClick={() => shell.set({ panel: { kind: to.view, id: to.id } })}
        />
      ) : null}
    </li>
  );
}
