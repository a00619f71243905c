'use client';

import { useCallback } from 'react';

import { undo } from '@/features/tasks/actions/general';
import { Toast } from '@/ui/Toast';
import { words } from '@/words/en';

import { useAct } from './act';
import type { Told } from './shell-state';
import { useShellStore } from './shell-state';
import classes from './Messages.module.css';

/** The last thing that was done, with the way back. */
export function Messages({ told }: { told: Told }) {
  const shell = useShellStore();
  const act = useAct();
  const close = useCallback(() => shell.set({ told: null }), [shell]);
  return (
    <Toast text={told.text} label={words.actions.lastDone} closeLabel={words.shell.close} onClose={close}>
      {told.done === null ? null : (
        <button type="button" className={classes.undo} onClick={() => act.run(undo)}>
          {undo.name} <kbd aria-hidden>U</kbd>
        </button>
      )}
    </Toast>
  );
}
