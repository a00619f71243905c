// What the server tells of: seven kinds of things, each with an id and a version.
import type { Filter, Notification, Project, Series, Settings, Tag, Task } from '@/api/schema';

import type { Stream } from './positions';

export interface Bodies {
  task: Task;
  project: Project;
  tag: Tag;
  filter: Filter;
  series: Series;
  settings: Settings;
  notification: Notification;
}

export type Kind = keyof Bodies;

export const KINDS = ['task', 'project', 'tag', 'filter', 'series', 'settings', 'notification'] as const;

export const STREAM_OF: Readonly<Record<Kind, Stream>> = {
  task: 'tasks',
  project: 'tasks',
  tag: 'tasks',
  filter: 'tasks',
  series: 'tasks',
  settings: 'tasks',
  notification: 'notifications',
};

/** One thing as the server told of it last. */
export interface HeldOf<K extends Kind> {
  readonly kind: K;
  readonly id: string;
  readonly epoch: number;
  readonly version: number;
  readonly position: number;
  /** A deleted one keeps the last that was known of it, so that it can be shown when it is restored. */
  readonly deleted: boolean;
  /** Null for a deleted one of which nothing else was ever known. */
  readonly body: Bodies[K] | null;
}

export type Held = { [K in Kind]: HeldOf<K> }[Kind];

/** The fields of a thing, a new one or a merge-patch, when it does not matter of which kind. */
export type Fields = Readonly<Record<string, unknown>>;

/** True when `a` is what came to be later. Versions recur in a new epoch. */
export function isNewer(a: { epoch: number; version: number }, b: { epoch: number; version: number }): boolean {
  return a.epoch !== b.epoch ? a.epoch > b.epoch : a.version > b.version;
}

/** One thing in an answer, a page or an event; a notification has no version but its position. */
export interface Told<K extends Kind = Kind> {
  readonly kind: K;
  readonly id: string;
  readonly version: number;
  readonly position: number;
  readonly deleted: boolean;
  readonly body: Bodies[K] | null;
}

/** The settings have no id of their own here, as each user has them once. */
export const SETTINGS = 'settings';

/** One thing as a body tells of it. */
export function toldOf(kind: Kind, body: Fields): Told {
  const { deleted, ...rest } = body;
  const position = Number(body.position);
  return {
    kind,
    id: kind === 'settings' ? SETTINGS : String(body.id),
    version: kind === 'notification' ? position : Number(body.version),
    position,
    deleted: deleted === true,
    body: rest as unknown as Told['body'], // The caller knows that it is one of this kind.
  };
}

/** What is held once something was told: a tombstone keeps the body from before. */
export function heldOf(told: Told, epoch: number, before: { readonly body: Bodies[Kind] | null } | undefined): Held {
  const body = told.body ?? (told.deleted ? (before?.body ?? null) : null);
  // The kind of `before` is that of `told`: both were found under it.
  return { ...told, epoch, body } as Held;
}

/** Equal as JSON; what is absent is null. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || (a ?? null) === (b ?? null)) {
    return true;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  }
  if (!isFields(a) || !isFields(b)) {
    return false;
  }
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => same(a[name], b[name]));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
