// The order in which changes are kept and sent.
import { changed, idsOf, referencesOf, renamed } from './change';
import type { Action, Change, Edit } from './change';
import { isFields } from './entity';
import type { Fields } from './entity';

/** A change that is about to be kept. */
export interface NewChange {
  readonly id: string;
  readonly target: string;
  readonly action: Action;
  readonly at: number;
}

/** The change with the ids that the server gave in place of those that were made here. */
export function withNames(aliases: ReadonlyMap<string, string>, change: NewChange): NewChange {
  return idsOf(change).reduce((named, id) => {
    const to = aliases.get(id);
    return to === undefined ? named : renamed(named, id, to);
  }, change);
}

/** Keeps a change: as a new one, or in an edit of the same thing that was never sent. */
export function add(queue: readonly Change[], added: NewChange): Change {
  const { action } = added;
  const into = action.do === 'edit' ? mergeable(queue, added.target, action) : null;
  if (into !== null && action.do === 'edit') {
    return changed(into.change, { action: merged(into.edit, action) });
  }
  return {
    ...added,
    order: Math.max(0, ...queue.map((change) => change.order)) + 1,
    revision: 1,
    sent: null,
    wasSent: false,
    theirs: null,
    standing: { is: 'waiting' },
  };
}

/**
 * The change to send: the first that waits for nothing. One that has to wait, for a person or for a server that fails on
 * it, holds back only what depends on it.
 */
export function next(queue: readonly Change[], paused: ReadonlySet<string> = new Set()): Change | null {
  const before: Change[] = [];
  for (const change of queue) {
    if (change.standing.is === 'refused') {
      continue;
    }
    const isReady = change.standing.is === 'waiting' && !paused.has(change.id);
    if (isReady && !before.some((earlier) => depends(change, earlier))) {
      return change;
    }
    before.push(change);
  }
  return null;
}

/** True when the later change must not be sent before the earlier one was answered. */
export function depends(later: Change, earlier: Change): boolean {
  // A project is deleted with the tasks that are still in it.
  const takesAll = later.action.do === 'delete' && later.action.kind === 'project';
  return takesAll || idsOf(later).includes(earlier.target) || idsOf(earlier).includes(later.target);
}

/** How many are kept and not yet answered. */
export function waiting(queue: readonly Change[]): number {
  return queue.filter((change) => change.standing.is !== 'refused').length;
}

function mergeable(
  queue: readonly Change[],
  target: string,
  edit: Edit,
): { readonly change: Change; readonly edit: Edit } | null {
  const at = queue.findLastIndex((change) => change.target === target);
  const change = queue[at];
  if (change?.action.do !== 'edit' || change.wasSent || change.standing.is !== 'waiting') {
    return null;
  }
  // What it names may be created by a later change, which an earlier one cannot wait for.
  const ids = [target, ...referencesOf(edit)];
  const isOverTaken = queue.slice(at + 1).some((later) => idsOf(later).some((id) => ids.includes(id)));
  const isAlike = change.action.scope === edit.scope && isComposable(change.action.patch, edit.patch);
  return isAlike && !isOverTaken ? { change, edit: change.action } : null;
}

/** A merge-patch within a merge-patch, as of a due time, is not merged with another. */
function isComposable(first: Fields, second: Fields): boolean {
  return Object.keys(second).every((name) => !(name in first) || !isFields(second[name]));
}

function merged(first: Edit, second: Edit): Edit {
  return {
    ...first,
    patch: { ...first.patch, ...second.patch },
    base: { ...second.base, ...first.base },
  };
}
