import type { Icon } from '@tabler/icons-react';
import type { ComponentProps } from 'react';

import classes from './IconButton.module.css';

/** A button that shows a picture and has a name. */
export function IconButton({
  icon: Picture,
  label,
  ...rest
}: { icon: Icon; label: string } & Omit<ComponentProps<'button'>, 'children'>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`${classes.button ?? ''} ${rest.className ?? ''}`}
    >
      <Picture size={20} stroke={1.75} aria-hidden />
    </button>
  );
}
