// What becomes of a change on its way: before it is sent, and once there is an answer. The epoch is the newest one that was
// known when it was sent.
//
// A change whose outcome is not known is sent again as it was: for 24 hours its key brings back the first answer. After
// that it is decided anew, and nothing depends on the key: a task is created once for its id, a project, tag or filter once
// for its name, an edit is for one version, and the rest are judged by how the thing is then (a task that is done is not
// completed again). One thing cannot be told: a task that was completed here without an answer, and opened again elsewhere
// more than 24 hours before this browser comes back, is completed again.
import type { Problem } from '@/api/schema';

import { changed, referencesOf, renamed } from './change';
import type { Action, Change, Theirs } from './change';
import { takeAnswer } from './confirmed';
import { SETTINGS, heldOf, isFields, toldOf } from './entity';
import type { Fields, Held } from './entity';
import type { Outcome } from './outcome';
import { fieldsOf, rebase, typedOver } from './rebase';
import { requestOf } from './request';
import type { ApiRequest } from './request';
import { both, get } from './state';
import type { Delta, State } from './state';

export interface Prepared {
  /** To be kept before the request goes out. */
  readonly delta: Delta;
  /** Null when there is nothing to send any more, or not yet. */
  readonly request: ApiRequest | null;
}

/** One that was sent and never answered is sent again as it was. `key` is for one that was not. */
export function prepare(state: State, id: string, key: string): Prepared {
  const change = find(state, id);
  if (change?.standing.is !== 'waiting') {
    return { delta: {}, request: null };
  }
  if (change.sent !== null) {
    return { delta: {}, request: requestOf(change, change.sent) };
  }
  const theirs = theirsOf(state, change);
  if (change.action.do === 'edit' && theirs !== null) {
    const rebased = rebase(change.action, theirs.body);
    if (rebased.is === 'conflict') {
      return { delta: { changes: [clashing(change, rebased.clashes, theirs)] }, request: null };
    }
    if (rebased.is === 'nothing') {
      return { delta: finish(state, change, theirs.body), request: null };
    }
  }
  const sent = { key, ifMatch: versionFor(change, theirs) };
  return { delta: { changes: [changed(change, { sent, wasSent: true })] }, request: requestOf(change, sent) };
}

export function settle(state: State, id: string, outcome: Outcome, epoch: number): Delta {
  const change = find(state, id);
  if (change === undefined) {
    return {};
  }
  switch (outcome.is) {
    case 'done':
      return both({ held: heldAfter(state, change, outcome, epoch) }, finish(state, change, outcome.body));
    case 'exists':
      return isAlready(state, change, outcome.id)
        ? finish(state, change, { id: outcome.id })
        : refuse(state, change, outcome.problem);
    case 'changed':
      return both({ held: told(state, change, outcome.theirs.body, epoch) }, overtaken(state, change, outcome.theirs));
    case 'refused':
      return refuse(state, change, outcome.problem);
    case 'later':
    case 'token':
      return {};
  }
}

function find(state: State, id: string): Change | undefined {
  return state.queue.find((change) => change.id === id);
}

/** What the server has: what a 412 brought, else what is held. */
function theirsOf(state: State, change: Change): Theirs | null {
  if (change.theirs !== null) {
    return change.theirs;
  }
  const held = get(state.confirmed, change.action.kind, change.target);
  return held === undefined || held.body === null || held.deleted
    ? null
    : { version: held.version, body: held.body as unknown as Fields };
}

const FOR_ANY: ReadonlySet<Action['do']> = new Set(['create', 'restore', 'read']);

/** Of what is not held nothing is known: version 0 makes the server tell. New settings are of that very version. */
function versionFor(change: Change, theirs: Theirs | null): number | null {
  return FOR_ANY.has(change.action.do) ? null : (theirs?.version ?? 0);
}

function overtaken(state: State, change: Change, theirs: Theirs): Delta {
  if (isSoAlready(change.action, theirs.body)) {
    return finish(state, change, theirs.body);
  }
  if (change.action.do === 'edit') {
    const rebased = rebase(change.action, theirs.body);
    if (rebased.is === 'conflict') {
      return { changes: [clashing(change, rebased.clashes, theirs)] };
    }
    if (rebased.is === 'nothing') {
      return finish(state, change, theirs.body);
    }
  }
  return { changes: [changed(change, { sent: null, theirs })] };
}

function clashing(
  change: Change,
  clashes: readonly { field: string; mine: unknown; theirs: unknown }[],
  theirs: Theirs,
) {
  return changed(change, { sent: null, theirs, standing: { is: 'conflict', clashes } });
}

function isSoAlready(action: Action, theirs: Fields): boolean {
  switch (action.do) {
    case 'complete':
      return theirs.status === 'done';
    case 'skip':
      return theirs.status === 'skipped';
    case 'reopen':
      return theirs.status === 'open';
    case 'delete':
      return theirs.deleted === true;
    default:
      return false;
  }
}

/** A saved filter says more than its name; a tag is its name, and what goes into a project goes into that of its name. */
function isAlready(state: State, change: Change, id: string): boolean {
  if (change.action.do !== 'create' || change.action.kind !== 'filter') {
    return true;
  }
  return get(state.confirmed, 'filter', id)?.body?.filter === change.action.body.filter;
}

/** The change is over. Those that wait behind it learn what the server made of it, and its id. */
function finish(state: State, change: Change, body: Fields | null): Delta {
  const id = change.action.do === 'create' && typeof body?.id === 'string' ? body.id : change.target;
  const touched = touchedBy(change.action);
  const later = state.queue
    .filter((other) => other.order > change.order)
    .map((other) => {
      const named = id === change.target ? other : renamed(other, change.target, id);
      const { action } = named;
      if (action.do !== 'edit' || named.target !== id || body === null) {
        return named;
      }
      return { ...named, action: typedOver(action, touched, body) };
    });
  return {
    over: [change.id],
    changes: later.filter((other) => !state.queue.includes(other)).map((other) => changed(other, {})),
    ...(id === change.target ? {} : { aliases: [[change.target, id] as const] }),
  };
}

function touchedBy(action: Action): readonly string[] | 'all' {
  return action.do === 'create' ? 'all' : action.do === 'edit' ? fieldsOf(action.patch) : [];
}

type Done = Extract<Outcome, { is: 'done' }>;

function heldAfter(state: State, change: Change, { body, version, position }: Done, epoch: number): readonly Held[] {
  if (body !== null) {
    return told(state, change, body, epoch);
  }
  const held = get(state.confirmed, change.action.kind, change.target);
  if (change.action.do !== 'delete' || held === undefined || held.deleted) {
    return [];
  }
  if (version !== null && position !== null) {
    return takeAnswer(state.confirmed, { ...held, version, position, deleted: true, body: null }, epoch);
  }
  // It was gone before. Its tombstone will tell the version, which is this one or a later one.
  return [heldOf({ ...held, version: held.version + 1, deleted: true }, held.epoch, held)];
}

function told(state: State, change: Change, body: Fields, epoch: number): readonly Held[] {
  const isOne = isFields(body) && typeof body.position === 'number' && (change.target === SETTINGS || 'id' in body);
  return isOne ? takeAnswer(state.confirmed, toldOf(change.action.kind, body), epoch) : [];
}

/**
 * It stays for the person to see. What was to be created is not: changes of it are refused along, and what named it is
 * sent without.
 */
function refuse(state: State, change: Change, problem: Problem): Delta {
  const refused = (one: Change) => changed(one, { sent: null, standing: { is: 'refused', problem } });
  const { action } = change;
  const left = action.do === 'create' ? orphansOf(state, change) : [];
  return {
    changes: [refused(change), ...left.map((one) => (isLost(one, change) ? refused(one) : without(one, change)))],
  };
}

function orphansOf(state: State, change: Change): readonly Change[] {
  return state.queue.filter(
    (other) =>
      other.order > change.order &&
      other.standing.is !== 'refused' &&
      (other.target === change.target || referencesOf(other.action).includes(change.target)),
  );
}

function isLost(orphan: Change, change: Change): boolean {
  return orphan.target === change.target || orphan.action.do === 'move';
}

function without(orphan: Change, change: Change): Change {
  return changed(renamed(orphan, change.target, null), {});
}
