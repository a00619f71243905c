// What an action is: defined once, it serves buttons, menus, the keyboard and the command palette.
import type { Icon } from '@tabler/icons-react';

import type { Route } from '@/features/shell/route';
import type { Changes, LiveTask, Snapshot } from '@/live/live';

import type { Clock } from '@/time/zone';
import type { TaskList } from '../views/lists';

export type ActionGroup = 'task' | 'select' | 'go' | 'general';

export interface Action {
  readonly id: string;
  readonly name: string;
  readonly icon: Icon;
  readonly group: ActionGroup;
  /** Keys as `keyOf` names them; several keys one after another have a blank between them. */
  readonly shortcuts: readonly string[];
  when(context: ActionContext): boolean;
  run(context: ActionContext): void | Promise<void>;
}

/** What there is to act on, and what an action can ask for. */
export interface ActionContext {
  readonly live: Changes;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly route: Route | null;
  /** What the list on the screen shows. */
  readonly list: TaskList;
  /** The tasks that are meant: the selected ones, else the open one, else the one under the cursor. */
  readonly targets: readonly LiveTask[];
  readonly cursor: string | null;
  readonly selected: ReadonlySet<string>;
  readonly canUndo: boolean;
  readonly screen: Screen;
}

/** What of the screen actions use. */
export interface Screen {
  go(path: string): void;
  openTask(id: string): void;
  open(panel: Panel): void;
  /** Puts the cursor, and with it the focus, on a row. */
  moveTo(id: string): void;
  select(ids: ReadonlySet<string>): void;
  focusSearch(): void;
  toggleDone(): void;
  /** Tells what was done, for a while with a way back. */
  offerUndo(done: Done): void;
  undo(): Promise<void>;
  /** For screen readers. */
  say(text: string): void;
}

export interface Done {
  readonly text: string;
  undo(): Promise<unknown>;
}

/** What opens over the list. Those for tasks know which ones are meant. */
export type Panel =
  | { readonly kind: 'quick-add' | 'palette' | 'help' | 'settings' | 'changes' | 'sign-out' | 'sign-out-everywhere' }
  | { readonly kind: 'reschedule' | 'move' | 'tags' | 'delete-scope'; readonly taskIds: readonly string[] }
  | { readonly kind: 'project' | 'tag' | 'filter'; readonly id: string | null };
