import type { ReactNode } from 'react';

import classes from './Banner.module.css';

/** A message over the whole width that stays until its cause is gone. */
export function Banner({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className={classes.banner} role="alert">
      <div>
        <strong>{title}</strong>
        <p className={classes.text}>{text}</p>
      </div>
      {children}
    </div>
  );
}
