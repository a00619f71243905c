// An edit that finds another version than the person saw: over other fields it goes on, over the same one they choose.
import type { Change, Clash, Edit, EditedKind, Theirs } from './change';
import { changed } from './change';
import { isFields, same } from './entity';
import type { Bodies, Fields } from './entity';
import { ALLOWANCE, patched } from './fields';

export type Rebased =
  /** It is good for this version. */
  | { readonly is: 'clean' }
  /** Everything is so already. */
  | { readonly is: 'nothing' }
  | { readonly is: 'conflict'; readonly clashes: readonly Clash[] };

export function rebase(edit: Edit, theirs: Fields): Rebased {
  const fields = fieldsOf(edit.patch);
  const open = fields.filter((field) => !isSo(edit, field, theirs));
  const clashes = open
    .filter((field) => field in edit.base && !same(edit.base[field], theirs[field]))
    .map((field) => ({ field, mine: edit.patch[field], theirs: theirs[field] ?? null }));
  if (clashes.length > 0) {
    return { is: 'conflict', clashes };
  }
  // With a wider scope it is for other occurrences too, which may not be so yet.
  const isDone = open.length === 0 && (edit.scope === null || edit.scope === 'this');
  return isDone ? { is: 'nothing' } : { is: 'clean' };
}

/** The change as the person chose; null when nothing is left of it. */
export function resolved(change: Change, choice: 'mine' | 'theirs'): Change | null {
  const { action, standing, theirs } = change;
  if (action.do !== 'edit' || standing.is !== 'conflict') {
    return change;
  }
  const clashed = new Set(standing.clashes.map((clash) => clash.field));
  const edit = choice === 'mine' ? over(action, clashed, theirs) : without(action, clashed);
  return fieldsOf(edit.patch).length === 0 ? null : changed(change, { action: edit, standing: { is: 'waiting' } });
}

/**
 * What a change was typed over, after one before it was answered: in the fields that the latter touched, which showed
 * what was asked for, it is what the server made of that.
 */
export function typedOver(edit: Edit, touched: readonly string[] | 'all', answer: Fields): Edit {
  const isTouched = (name: string) => name in answer && (touched === 'all' || touched.includes(name));
  const names = Object.keys(edit.base).filter(isTouched);
  return { ...edit, base: { ...edit.base, ...Object.fromEntries(names.map((name) => [name, answer[name] ?? null])) } };
}

/** The fields of a patch. */
export function fieldsOf(patch: Fields): readonly string[] {
  return Object.keys(patch).filter((name) => name !== ALLOWANCE);
}

/** True when the field says already what the edit wants it to. */
function isSo(edit: Edit, field: string, theirs: Fields): boolean {
  const body = theirs as unknown as Bodies[EditedKind]; // It is what the server says of this very thing.
  const after: unknown = patched(edit.kind, body, { [field]: edit.patch[field] }, null);
  return isFields(after) && same(after[field], theirs[field]);
}

function over(edit: Edit, fields: ReadonlySet<string>, theirs: Theirs | null): Edit {
  const seen = [...fields].map((field) => [field, theirs?.body[field] ?? null] as const);
  return { ...edit, base: { ...edit.base, ...Object.fromEntries(seen) } };
}

function without(edit: Edit, fields: ReadonlySet<string>): Edit {
  const left = (of: Fields) => Object.fromEntries(Object.entries(of).filter(([name]) => !fields.has(name)));
  return { ...edit, patch: left(edit.patch), base: left(edit.base) };
}
