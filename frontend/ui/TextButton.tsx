import type { Icon } from '@tabler/icons-react';
import type { ComponentProps } from 'react';

import classes from './TextButton.module.css';

type Look = 'filled' | 'plain' | 'danger';

/** A button with words, and a picture before them if there is one. */
export function TextButton({
  icon: Picture,
  look = 'plain',
  children,
  ...rest
}: { icon?: Icon; look?: Look } & ComponentProps<'button'>) {
  return (
    <button type="button" {...rest} className={`${classes.button ?? ''} ${rest.className ?? ''}`} data-look={look}>
      {Picture === undefined ? null : <Picture size={18} stroke={1.75} aria-hidden />}
      {children}
    </button>
  );
}
