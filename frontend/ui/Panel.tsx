'use client';

import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

import { words } from '@/words/en';

import { useReturnFocus } from './return-focus';

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
