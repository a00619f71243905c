'use client';

// Runs actions: gives them what there is to act on, and tells what became of them.
import { useCallback, useEffect, useMemo, useRef } from 'react';

import type { Action, ActionContext, Done, Screen } from '@/features/tasks/actions/action';
import type { Live, LiveTask } from '@/live/live';
import { StorageFull } from '@/live/live';
import { useLive } from '@/live/react';
import type { Store } from '@/ui/store';
import { words } from '@/words/en';

import type { Address } from './address';
import { goTo, showTask, toggleDone, useAddress } from './address';
import { useClock } from './clock';
import type { ShellState } from './shell-state';
import { useShellStore } from './shell-state';

/** How many changes back undo goes. */
const UNDOS = 50;

export interface Act {
  /** What there is to act on now; `targets` when something else is meant than what is selected. */
  contextOf(targets?: readonly LiveTask[]): ActionContext;
  run(action: Action, targets?: readonly LiveTask[]): void;
  /** For changes that are no actions: false, and told, when it could not be kept. */
  keep(change: () => unknown): Promise<boolean>;
  readonly screen: Screen;
}

export function useAct(): Act {
  const live = useLive();
  const shell = useShellStore();
  const clock = useClock();
  const address = useAddress();
  const here = useRef({ clock, address });
  useEffect(() => {
    here.current = { clock, address };
  }, [clock, address]);

  const keep = useCallback((change: () => unknown) => keepOrTell(shell, change), [shell]);
  const screen = useMemo(() => screenOf(shell, keep), [shell, keep]);

  return useMemo(() => {
    const contextOf = (targets?: readonly LiveTask[]) => contextFrom(live, shell, here.current, screen, targets);
    return {
      contextOf,
      screen,
      keep,
      run: (action, targets) => void keep(() => action.run(contextOf(targets))),
    };
  }, [live, shell, screen, keep]);
}

function contextFrom(
  live: Live,
  shell: Store<ShellState>,
  { clock, address }: { clock: ActionContext['clock']; address: Address },
  screen: Screen,
  targets?: readonly LiveTask[],
): ActionContext {
  const { cursor, selected, list, undos } = shell.get();
  const snapshot = live.snapshot();
  const ids = selected.size > 0 ? [...selected] : [address.taskId ?? cursor ?? ''];
  return {
    live,
    snapshot,
    clock: { ...clock, now: Date.now() },
    route: address.route,
    list,
    targets: targets ?? ids.flatMap((id) => snapshot.tasks.get(id) ?? []),
    cursor,
    selected,
    canUndo: undos.length > 0,
    screen,
  };
}

function screenOf(shell: Store<ShellState>, keep: Act['keep']): Screen {
  const say = (text: string) => shell.set({ said: { text } });
  return {
    go: goTo,
    openTask: showTask,
    open: (panel) => shell.set({ panel }),
    moveTo: (cursor) => shell.set({ cursor, moves: shell.get().moves + 1 }),
    select: (selected) => {
      if (selected.size !== shell.get().selected.size) say(selectionText(selected));
      shell.set({ selected });
    },
    focusSearch: () => document.getElementById('search')?.focus(),
    toggleDone,
    offerUndo: (done) => {
      shell.set({ told: { text: done.text, done }, undos: [...shell.get().undos, done].slice(-UNDOS) });
    },
    undo: async () => {
      const { undos } = shell.get();
      const last = undos.at(-1);
      if (last === undefined) return;
      const undone = await keep(() => last.undo());
      if (undone) forget(shell, last);
    },
    say,
  };
}

function forget(shell: Store<ShellState>, done: Done): void {
  shell.set({
    undos: shell.get().undos.filter((each) => each !== done),
    told: { text: words.actions.undone, done: null },
    said: { text: words.actions.undone },
  });
}

async function keepOrTell(shell: Store<ShellState>, change: () => unknown): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    const text = error instanceof StorageFull ? words.live.notKept : words.live.failed;
    shell.set({ told: { text, done: null }, said: { text } });
    return false;
  }
}

function selectionText(selected: ReadonlySet<string>): string {
  return selected.size === 0 ? words.actions.cleared : words.actions.selected(selected.size);
}
