'use client';

// What of the screen is not in the address: the cursor, the selection, what is open, what can be undone.
import { createContext, useContext, useState } from 'react';
import type { ReactNode } from 'react';

import type { Done, Panel } from '@/features/tasks/actions/action';
import type { TaskList } from '@/features/tasks/views/lists';
import { NOTHING } from '@/features/tasks/views/lists';
import { Store, useStore } from '@/ui/store';

export interface ShellState {
  readonly cursor: string | null;
  /** Rises when the focus is to follow the cursor. */
  readonly moves: number;
  readonly selected: ReadonlySet<string>;
  /** What the list on the screen shows. */
  readonly list: TaskList;
  readonly panel: Panel | null;
  /** The last thing that was done, while it is told. */
  readonly told: Told | null;
  /** The newest is last. */
  readonly undos: readonly Done[];
  /** For screen readers: a new object each time. */
  readonly said: { readonly text: string };
}

export interface Told {
  readonly text: string;
  readonly done: Done | null;
}

const EMPTY: ShellState = {
  cursor: null,
  moves: 0,
  selected: new Set(),
  list: NOTHING,
  panel: null,
  told: null,
  undos: [],
  said: { text: '' },
};

const ShellStateContext = createContext<Store<ShellState> | null>(null);

export function ShellStateProvider({ children }: { children: ReactNode }) {
  const [shell] = useState(() => new Store(EMPTY));
  return <ShellStateContext value={shell}>{children}</ShellStateContext>;
}

export function useShellStore(): Store<ShellState> {
  const shell = useContext(ShellStateContext);
  if (shell === null) throw new Error('there is no ShellStateProvider above this component');
  return shell;
}

export function useShellState<S>(select: (state: ShellState) => S): S {
  return useStore(useShellStore(), select);
}
