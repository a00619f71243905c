'use client';

import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';

import classes from './Drawer.module.css';

/** Slides in from the left over the page. The browser keeps the focus in it, and closes it on Escape. */
export function Drawer({
  label,
  opened,
  onClose,
  children,
}: {
  label: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (opened) dialog.current?.showModal();
    else dialog.current?.close();
  }, [opened]);
  return (
    <dialog
      ref={dialog}
      className={classes.drawer}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {opened ? <div className={classes.inside}>{children}</div> : null}
    </dialog>
  );
}
