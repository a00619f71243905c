import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import classes from './Hint.module.css';

/** In place of something that is not there: why, and what to do. */
export function Hint({
  icon: Picture,
  title,
  text,
  role,
  children,
}: {
  icon?: Icon;
  title: string;
  text?: string;
  role?: 'alert';
  children?: ReactNode;
}) {
  return (
    <div className={classes.hint} role={role}>
      {Picture === undefined ? null : <Picture size={40} stroke={1.25} aria-hidden />}
      <p className={classes.title}>{title}</p>
      {text === undefined ? null : <p className={classes.text}>{text}</p>}
      {children}
    </div>
  );
}
