'use client';

import { useEffect } from 'react';

/** What had the focus has it again when the component is gone, if it is still there and nothing else took the focus. */
export function useReturnFocus(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      requestAnimationFrame(() => {
        const isFree = document.activeElement === null || document.activeElement === document.body;
        if (isFree && before instanceof HTMLElement) find(before)?.focus();
      });
    };
  }, []);
}

/** The element itself, or the one that was rendered in its place. */
function find(before: HTMLElement): HTMLElement | null {
  if (before.isConnected) return before;
  const task = before.getAttribute('data-task');
  return task === null ? null : document.querySelector<HTMLElement>(`[data-task="${CSS.escape(task)}"]`);
}
