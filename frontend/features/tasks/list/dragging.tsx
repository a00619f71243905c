'use client';

// Dragging rows. What does it is loaded when someone comes near a list; until then rows stand still.
import { createContext, useCallback, useContext, useState } from 'react';
import type { ComponentType, HTMLAttributes, ReactNode } from 'react';

import type { TaskList } from '../views/lists';

export interface Handle {
  readonly row: {
    readonly ref?: (element: HTMLElement | null) => void;
    readonly drop?: 'before' | 'after' | undefined;
  };
  readonly handle: HTMLAttributes<HTMLButtonElement> & { readonly ref?: (element: HTMLElement | null) => void };
}

type UseHandle = (id: string) => Handle;
type AreaProps = { readonly list: TaskList; readonly children: ReactNode };

const STILL: Handle = { row: {}, handle: {} };
const HandleContext = createContext<UseHandle>(() => STILL);

export const HandleProvider = HandleContext.Provider;

/** A row's part in the dragging. Which hook answers changes only with the area, which renders its rows anew then. */
export function useHandle(id: string): Handle {
  const useIt = useContext(HandleContext);
  return useIt(id);
}

export function useDragging(possible: boolean): { Area: ComponentType<AreaProps>; loadDragging: () => void } {
  const [Area, setArea] = useState<ComponentType<AreaProps>>(() => StillArea);
  const loadDragging = useCallback(() => {
    if (!possible || Area !== StillArea) return;
    void import('./DragArea').then(({ DragArea }) => {
      const focused = document.activeElement?.getAttribute('data-task');
      setArea(() => DragArea);
      // The rows are new elements now.
      if (focused != null)
        requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-task="${focused}"]`)?.focus());
    });
  }, [possible, Area]);
  return { Area, loadDragging };
}

function StillArea({ children }: AreaProps) {
  return children;
}
