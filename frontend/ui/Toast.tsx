'use client';

import { IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';

import { IconButton } from './IconButton';
import classes from './Toast.module.css';

/** How long it stays, unless it is looked at. */
const STAYS_MS = 8000;

/** Tells what was done. Screen readers hear it from elsewhere, so that they do not hear it twice. */
export function Toast({
  text,
  label,
  closeLabel,
  onClose,
  children,
}: {
  text: string;
  label: string;
  closeLabel: string;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onClose, STAYS_MS);
    return () => clearTimeout(timer);
  }, [held, onClose]);
  return (
    <section
      className={classes.toast}
      aria-label={label}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={classes.text}>{text}</span>
      {children}
      <IconButton icon={IconX} label={closeLabel} onClick={onClose} className={classes.close ?? ''} />
    </section>
  );
}
