'use client';

import { MantineProvider } from '@mantine/core';
import { setNonce } from 'get-nonce';
import type { ReactNode } from 'react';

import { theme, variables } from '@/ui/theme';

interface Props {
  readonly nonce: string;
  readonly children: ReactNode;
}

/** Mantine, with the page's nonce on each style element that it adds. */
export function Providers({ nonce, children }: Props) {
  // Of what keeps the page from scrolling below an open dialogue.
  setNonce(nonce);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      {children}
    </MantineProvider>
  );
}
