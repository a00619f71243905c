'use client';

// The keyboard of the whole page.
import { useEffect } from 'react';

import { actions } from '@/features/tasks/actions/all';
import type { Pressed } from '@/features/tasks/actions/keyboard';
import { isTyping, press } from '@/features/tasks/actions/keyboard';

import { useAct } from './act';

export function useKeyboard(): void {
  const act = useAct();
  useEffect(() => {
    let before: Pressed | null = null;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isTyping(event.target) || isBehind(event.target)) return;
      const outcome = press(actions, act.contextOf(), event, Date.now(), before);
      before = outcome.kind === 'wait' ? outcome.pressed : null;
      if (outcome.kind !== 'run' || (event.repeat && outcome.action.group !== 'select')) return;
      event.preventDefault();
      act.run(outcome.action);
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [act]);
}

/** A dialog is open: keys are for it, except in the drawer of a task, which is one of the actions' targets. */
function isBehind(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest('[data-keys=task]') !== null) return false;
  return document.querySelector('[aria-modal=true], dialog[open]') !== null;
}
