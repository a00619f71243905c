// A change that a person made and that is kept until the server's answer to it is known.
import type { Problem } from '@/api/schema';

import type { Fields } from './entity';

import type { Place, Scope } from './live';

export type CreatedKind = 'task' | 'project' | 'tag' | 'filter';
export type EditedKind = CreatedKind | 'settings';

export interface Create {
  readonly do: 'create';
  readonly kind: CreatedKind;
  readonly body: Fields;
}

export interface Edit {
  readonly do: 'edit';
  readonly kind: EditedKind;
  readonly patch: Fields;
  /** What the person saw in the fields of the patch when they changed them. */
  readonly base: Fields;
  readonly scope: Scope | null;
}

export interface Delete {
  readonly do: 'delete';
  readonly kind: CreatedKind;
  readonly scope: Scope | null;
}

export interface Step {
  readonly do: 'complete' | 'reopen' | 'skip' | 'restore';
  readonly kind: 'task';
}

export interface Move {
  readonly do: 'move';
  readonly kind: 'task';
  readonly place: Place;
}

export interface Read {
  readonly do: 'read';
  readonly kind: 'notification';
}

export type Action = Create | Edit | Delete | Step | Move | Read;

/** A request that was sent, or is about to be: sent again it is the same. */
export interface Sent {
  readonly key: string;
  /** The version that it is meant for; null when it is good for any. */
  readonly ifMatch: number | null;
}

/** What the server has instead of what was meant to be changed. */
export interface Theirs {
  readonly version: number;
  readonly body: Fields;
}

/** The same field, changed here and elsewhere. */
export interface Clash {
  readonly field: string;
  readonly mine: unknown;
  readonly theirs: unknown;
}

export type Standing =
  | { readonly is: 'waiting' }
  | { readonly is: 'conflict'; readonly clashes: readonly Clash[] }
  | { readonly is: 'refused'; readonly problem: Problem };

export interface Change {
  readonly id: string;
  /** Its place among all changes of this browser. */
  readonly order: number;
  /** Rises with each write of this change. */
  readonly revision: number;
  /** The id of what is changed. */
  readonly target: string;
  readonly action: Action;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  /** Set before the request goes out, and kept until its outcome is known. */
  readonly sent: Sent | null;
  /** Once it was sent nothing is merged into it. */
  readonly wasSent: boolean;
  /** What a 412 brought; the next attempt is for this version. */
  readonly theirs: Theirs | null;
  readonly standing: Standing;
}

export function changed(change: Change, parts: Partial<Omit<Change, 'id' | 'revision'>>): Change {
  return { ...change, ...parts, revision: change.revision + 1 };
}

/** The ids that a change names besides its target. */
export function referencesOf(action: Action): readonly string[] {
  switch (action.do) {
    case 'create':
      return referencesIn(action.body);
    case 'edit':
      return referencesIn(action.patch);
    case 'move':
      return Object.values(action.place);
    default:
      return [];
  }
}

const SINGLE = ['project_id', 'parent_id'] as const;

function referencesIn(fields: Fields): readonly string[] {
  const single = SINGLE.map((name) => fields[name]);
  const tags = Array.isArray(fields.tags) ? (fields.tags as readonly unknown[]) : [];
  return [...single, ...tags].filter((id) => typeof id === 'string');
}

/** The change with another id wherever it named `from`: one that the server gave, or none. */
export function renamed<C extends Pick<Change, 'target' | 'action'>>(change: C, from: string, to: string | null): C {
  const { action } = change;
  const target = change.target === from && to !== null ? to : change.target;
  switch (action.do) {
    case 'create':
      return { ...change, target, action: { ...action, body: renamedIn(action.body, from, to) } };
    case 'edit': {
      const [patch, base] = [renamedIn(action.patch, from, to), renamedIn(action.base, from, to)];
      return { ...change, target, action: { ...action, patch, base } };
    }
    case 'move':
      return { ...change, target, action: { ...action, place: renamedPlace(action.place, from, to) } };
    default:
      return { ...change, target };
  }
}

function renamedIn(fields: Fields, from: string, to: string | null): Fields {
  const after: Record<string, unknown> = { ...fields };
  for (const name of [...SINGLE, 'id'] as const) {
    if (after[name] === from) {
      after[name] = to;
    }
  }
  if (Array.isArray(after.tags)) {
    const tags = after.tags as readonly unknown[];
    after.tags = tags.flatMap((id) => (id === from ? (to ?? []) : id));
  }
  return after;
}

function renamedPlace(place: Place, from: string, to: string | null): Place {
  const id = 'after' in place ? place.after : place.before;
  if (id !== from || to === null) {
    return place;
  }
  return 'after' in place ? { after: to } : { before: to };
}

/** The name of a change in words, for instance `edit task`. */
export function nameOf(action: Action): string {
  return `${action.do} ${action.kind}`;
}

/** What was typed, as the request has it. */
export function typedIn(action: Action): Fields {
  return action.do === 'create' ? action.body : action.do === 'edit' ? action.patch : {};
}

/** The ids of a change: what it changes and what it names. */
export function idsOf(change: Pick<Change, 'target' | 'action'>): readonly string[] {
  return [change.target, ...referencesOf(change.action)];
}
