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
import type { DeskState } from './desk';
import { useDesk } from './desk';

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
  const desk = useDesk();
  const clock = useClock();
  const address = useAddress();
  const here = useRef({ clock, address });
  useEffect(() => {
    here.current = { clock, address };
  }, [clock, address]);

  const keep = useCallback((change: () => unknown) => keepOrTell(desk, change), [desk]);
  const screen = useMemo(() => screenOf(desk, keep), [desk, keep]);

  return useMemo(() => {
    const contextOf = (targets?: readonly LiveTask[]) => contextFrom(live, desk, here.current, screen, targets);
    return {
      contextOf,
      screen,
      keep,
      run: (action, targets) => void keep(() => action.run(contextOf(targets))),
    };
  }, [live, desk, screen, keep]);
}

function contextFrom(
  live: Live,
  desk: Store<DeskState>,
  { clock, address }: { clock: ActionContext['clock']; address: Address },
  screen: Screen,
  targets?: readonly LiveTask[],
): ActionContext {
  const { cursor, selected, list, undos } = desk.get();
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

function screenOf(desk: Store<DeskState>, keep: Act['keep']): Screen {
  const say = (text: string) => desk.set({ said: { text } });
  return {
    go: goTo,
    openTask: showTask,
    open: (panel) => desk.set({ panel }),
    moveTo: (cursor) => desk.set({ cursor, moves: desk.get().moves + 1 }),
    select: (selected) => {
      if (selected.size !== desk.get().selected.size) say(selectionText(selected));
      desk.set({ selected });
    },
    focusSearch: () => document.getElementById('search')?.focus(),
    toggleDone,
    offerUndo: (done) => {
      desk.set({ told: { text: done.text, done }, undos: [...desk.get().undos, done].slice(-UNDOS) });
    },
    undo: async () => {
      const { undos } = desk.get();
      const last = undos.at(-1);
      if (last === undefined) return;
      const undone = await keep(() => last.undo());
      if (undone) forget(desk, last);
    },
    say,
  };
}

function forget(desk: Store<DeskState>, done: Done): void {
  desk.set({
    undos: desk.get().undos.filter((each) => each !== done),
    told: { text: words.actions.undone, done: null },
    said: { text: words.actions.undone },
  });
}

async function keepOrTell(desk: Store<DeskState>, change: () => unknown): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    const text = error instanceof StorageFull ? words.live.notKept : words.live.failed;
    desk.set({ told: { text, done: null }, said: { text } });
    return false;
  }
}

function selectionText(selected: ReadonlySet<string>): string {
  return selected.size === 0 ? words.actions.cleared : words.actions.selected(selected.size);
}
