'use client';

import { Modal } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

import { words } from '@/words/en';

import { useReturnFocus } from './return-focus';

let open = 0;
const listeners = new Set<() => void>();

function count(by: number): void {
  open += by;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a panel is over what asks; Escape is then for the panel alone. */
export function useIsUnderPanel(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => open > 0,
    () => false,
  );
}

/** A dialog over the page. It is there as long as it is rendered. */
export function Panel({
  title,
  size = 'md',
  onClose,
  children,
}: {
  title: string;
  size?: 'sm' | 'md' | 'lg' | 'xl';
  onClose: () => void;
  children: ReactNode;
}) {
  useReturnFocus();
  useEffect(() => {
    count(1);
    return () => count(-1);
  }, []);
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': words.shell.close }}
      // Its header is none of the page, which has one banner.
      attributes={{ header: { role: 'none' } }}
      styles={{ title: { fontWeight: 650, fontSize: 17 } }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Modal>
  );
}
