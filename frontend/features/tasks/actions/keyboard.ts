// From keys to actions.
import type { Action, ActionContext } from './action';

/** How long the second key of two may take. */
export const SEQUENCE_MS = 1500;

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export interface Pressed {
  readonly keys: string;
  readonly at: number;
}

export type Outcome =
  | { readonly kind: 'run'; readonly action: Action }
  | { readonly kind: 'wait'; readonly pressed: Pressed }
  | { readonly kind: 'nothing' };

/** A name for what was pressed: `c`, `C`, `mod+k`, `shift+ArrowDown`. `mod` is control, or command on a Mac. */
export function keyOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  const mod = ctrlKey || metaKey ? 'mod+' : '';
  // What is printed says already whether shift was held; and with alt it can be any character.
  const alt = altKey && key.length > 1 ? 'alt+' : '';
  const shift = shiftKey && key.length > 1 ? 'shift+' : '';
  return `${mod}${alt}${shift}${mod === '' ? key : key.length === 1 ? key.toLowerCase() : key}`;
}

/** What a key does, after those that were pressed just before. Of two actions with one shortcut, the one that can be done. */
export function press(
  actions: readonly Action[],
  context: ActionContext,
  event: KeyPress,
  now: number,
  before: Pressed | null,
): Outcome {
  const key = keyOf(event);
  const started = before !== null && now - before.at <= SEQUENCE_MS ? `${before.keys} ${key}` : null;
  for (const keys of started === null ? [key] : [started, key]) {
    const action = actions.find((each) => each.shortcuts.includes(keys) && each.when(context));
    if (action !== undefined) return { kind: 'run', action };
  }
  const begins = actions.some(({ shortcuts }) => shortcuts.some((shortcut) => shortcut.startsWith(`${key} `)));
  return begins ? { kind: 'wait', pressed: { keys: key, at: now } } : { kind: 'nothing' };
}

/** True where keys are text, or belong to a menu or a dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const field = target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]');
  const own = target.closest('[role=menu], [role=listbox], [role=combobox], [role=radiogroup], [data-keys=own]');
  return field !== null || own !== null;
}
