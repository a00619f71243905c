// Renders a component with all that is above it on the page, over the doubles that a test gives.
import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';

import { ClockProvider } from '@/features/shell/clock';
import { ShellStateProvider } from '@/features/shell/shell-state';
import { LiveProvider } from '@/live/react';

import type { MemoryLive } from './memory-live';

const at = vi.hoisted(() => ({ pathname: '/upcoming', query: '', api: {} }));

vi.mock('next/navigation', () => ({
  usePathname: () => at.pathname,
  useSearchParams: () => new URLSearchParams(at.query),
}));
vi.mock('@/api/react', () => ({ useApi: () => at.api }));

export function renderIn(children: ReactNode, { live, api = {} }: { live: MemoryLive; api?: object }) {
  at.api = api;
  // What Mantine asks of a browser, and jsdom does not have.
  window.matchMedia = (media) => Object.assign(new EventTarget(), { media, matches: false }) as MediaQueryList;
  window.ResizeObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  return render(
    <MantineProvider env="test">
      <LiveProvider live={live}>
        <ClockProvider>
          <ShellStateProvider>{children}</ShellStateProvider>
        </ClockProvider>
      </LiveProvider>
    </MantineProvider>,
  );
}
