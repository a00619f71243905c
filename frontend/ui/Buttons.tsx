import type { ReactNode } from 'react';

import classes from './Buttons.module.css';

/** The buttons at the end of a dialog. */
export function Buttons({ children }: { children: ReactNode }) {
  return <div className={classes.buttons}>{children}</div>;
}
