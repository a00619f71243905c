import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import classes from './Hint.module.css';

/** In place of something that is not there: why, and what to do. */
export function Hint({
  icon: Picture,
  title,
  text,
  role,
  isPage = false,
  children,
}: {
  icon?: Icon;
  title: string;
  text?: string;
  role?: 'alert';
  /** True where it is all that the page shows: its title is the page's. */
  isPage?: boolean;
  children?: ReactNode;
}) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className={classes.hint} role={role}>
      {Picture === undefined ? null : <Picture size={40} stroke={1.25} aria-hidden />}
      <Title className={classes.title}>{title}</Title>
      {text === undefined ? null : <p className={classes.text}>{text}</p>}
      {children}
    </div>
  );
}
