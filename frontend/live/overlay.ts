// What the screen shows: what the server said, with the changes that are kept laid over it. What did not change is the
// same object as before, which is what React looks at.
import type { Notification } from '@/api/schema';

import type { Change, EditedKind } from './change';
import { SETTINGS } from './entity';
import type { Bodies, Fields, HeldOf, Kind } from './entity';
import { created, patched } from './fields';
import type { LiveTask, Snapshot } from './live';
import { keyAt, keyBeside } from './order';
import type { State } from './state';

/** A snapshot and what it was made of. */
export interface Shown {
  readonly snapshot: Snapshot;
  readonly of: State;
}

/** What kinds are shown by their ids. */
type Mapped = 'task' | 'project' | 'tag' | 'filter' | 'series';

export function show(state: State, before: Shown | null): Shown {
  if (before?.of.confirmed.held === state.confirmed.held && before.of.queue === state.queue) {
    return before;
  }
  const layer = new Layer(state, before);
  const snapshot: Snapshot = {
    loaded: true,
    tasks: layer.map('task', before?.snapshot.tasks),
    projects: layer.map('project', before?.snapshot.projects),
    tags: layer.map('tag', before?.snapshot.tags),
    filters: layer.map('filter', before?.snapshot.filters),
    series: layer.map('series', before?.snapshot.series),
    settings: layer.settings,
    notifications: layer.notifications(),
  };
  return { snapshot, of: state };
}

class Layer {
  readonly settings: Bodies['settings'] | null;
  private readonly changes: ReadonlyMap<string, readonly Change[]>;
  private readonly earlier: ReadonlyMap<string, readonly Change[]>;

  /** Only made when something was moved. */
  private keys: ReadonlyMap<string, string> | null = null;

  constructor(
    private readonly state: State,
    private readonly before: Shown | null,
  ) {
    this.changes = byTarget(state.queue);
    this.earlier = byTarget(before?.of.queue ?? []);
    this.settings = this.single();
  }

  map<K extends Mapped>(kind: K, before: ReadonlyMap<string, ShownOf<K>> | undefined): ReadonlyMap<string, ShownOf<K>> {
    const held = this.state.confirmed.held[kind] as ReadonlyMap<string, HeldOf<K>>;
    const heldBefore = this.before?.of.confirmed.held[kind] as ReadonlyMap<string, HeldOf<K>> | undefined;
    const touched = this.touched(kind);
    if (before !== undefined && held === heldBefore && touched.every((id) => this.isUntouched(id))) {
      return before;
    }
    const after = new Map<string, ShownOf<K>>(held === heldBefore ? before : unchanged(held, heldBefore, before));
    const news = held === heldBefore ? touched : [...touched, ...changedIds(held, heldBefore)];
    for (const id of new Set(news)) {
      const isSame = held.get(id) === heldBefore?.get(id) && this.isUntouched(id);
      const body = (isSame ? before?.get(id) : undefined) ?? this.one(kind, id, held.get(id));
      if (body === null) {
        after.delete(id);
      } else {
        after.set(id, body);
      }
    }
    return after;
  }

  notifications(): readonly Notification[] {
    const held = this.state.confirmed.held.notification;
    const isSame = this.before?.of.confirmed.held.notification === held;
    if (this.before !== null && isSame && this.touched('notification').every((id) => this.isUntouched(id))) {
      return this.before.snapshot.notifications;
    }
    const known = new Map(this.before?.snapshot.notifications.map((one) => [one.id, one]));
    const all = [...held.values()].flatMap((one) => {
      const shown = known.get(one.id);
      const isKnown = this.before?.of.confirmed.held.notification.get(one.id) === one && this.isUntouched(one.id);
      return isKnown && shown !== undefined ? shown : (this.read(one) ?? []);
    });
    return all.sort((a, b) => b.fired_at.localeCompare(a.fired_at) || b.position - a.position);
  }

  /** The ids of a kind that changes are or were about. */
  private touched(kind: Kind): readonly string[] {
    const ofKind = (map: ReadonlyMap<string, readonly Change[]>) =>
      [...map].filter(([, changes]) => changes[0]?.action.kind === kind).map(([id]) => id);
    return [...new Set([...ofKind(this.changes), ...ofKind(this.earlier)])];
  }

  private isUntouched(id: string): boolean {
    const [now, then] = [this.changes.get(id) ?? [], this.earlier.get(id) ?? []];
    return now.length === then.length && now.every((change, at) => change === then[at]);
  }

  private one<K extends Mapped>(kind: K, id: string, held: HeldOf<K> | undefined): ShownOf<K> | null {
    const changes = this.changes.get(id) ?? [];
    const body = changes.reduce<Bodies[K] | null>(
      (shown, change) => this.after(kind, shown, change, held?.body ?? null),
      held === undefined || held.deleted ? null : held.body,
    );
    // Only a task says whether it is pending; the others are shown as they are.
    return (kind === 'task' && body !== null ? { ...body, pending: changes.length > 0 } : body) as ShownOf<K> | null;
  }

  private after<K extends Mapped>(kind: K, shown: Bodies[K] | null, change: Change, last: Bodies[K] | null) {
    const { action } = change;
    switch (action.do) {
      case 'create': {
        const made = created(action.kind, change.target, action.body, change.at, this.zone());
        return made as Bodies[K]; // A change's kind is that of the map it is found in.
      }
      case 'delete':
        return null;
      case 'restore':
        return shown ?? last;
      default:
        return shown && this.edited(kind, shown, change);
    }
  }

  private edited<K extends Mapped>(kind: K, shown: Bodies[K], { action, at, target }: Change): Bodies[K] {
    switch (action.do) {
      case 'edit':
        return patched(kind as EditedKind, shown as Bodies[EditedKind], action.patch, this.zone()) as Bodies[K];
      case 'complete':
        return { ...shown, status: 'done', completed_at: new Date(at).toISOString() };
      case 'skip':
        return { ...shown, status: 'skipped', completed_at: new Date(at).toISOString() };
      case 'reopen':
        return { ...shown, status: 'open', completed_at: null };
      case 'move':
        this.keys ??= keysIn(this.state);
        return { ...shown, order_key: this.keys.get(target) ?? orderOf(shown) };
      default:
        return shown;
    }
  }

  private single(): Bodies['settings'] | null {
    const held = this.state.confirmed.held.settings.get(SETTINGS);
    const isSame = this.before?.of.confirmed.held.settings.get(SETTINGS) === held && this.isUntouched(SETTINGS);
    if (this.before !== null && isSame) {
      return this.before.snapshot.settings;
    }
    return (this.changes.get(SETTINGS) ?? []).reduce<Bodies['settings'] | null>(
      (shown, { action }) => (action.do === 'edit' ? patched('settings', shown ?? UNSET, action.patch, null) : shown),
      held?.body ?? null,
    );
  }

  private read(held: HeldOf<'notification'>): Notification | null {
    const read = this.changes.get(held.id)?.[0];
    const isUnread = held.body !== null && (held.body.read_at ?? null) === null;
    return isUnread && read !== undefined ? { ...held.body, read_at: new Date(read.at).toISOString() } : held.body;
  }

  /** The zone of wall times that name none. */
  private zone(): string | null {
    return this.settings?.timezone ?? null;
  }
}

/** What was shown of what is held as before. */
function* unchanged<K extends Mapped>(
  held: ReadonlyMap<string, HeldOf<K>>,
  heldBefore: ReadonlyMap<string, HeldOf<K>> | undefined,
  before: ReadonlyMap<string, ShownOf<K>> | undefined,
): Iterable<[string, ShownOf<K>]> {
  for (const [id, shown] of before ?? []) {
    const now = held.get(id);
    if (now !== undefined && now === heldBefore?.get(id)) {
      yield [id, shown];
    }
  }
}

function* changedIds<K extends Mapped>(
  held: ReadonlyMap<string, HeldOf<K>>,
  before: ReadonlyMap<string, HeldOf<K>> | undefined,
): Iterable<string> {
  for (const [id, now] of held) {
    if (now !== before?.get(id)) {
      yield id;
    }
  }
}

type ShownOf<K extends Mapped> = K extends 'task' ? LiveTask : Bodies[K];

/** What the settings are before the first change. */
const UNSET: Bodies['settings'] = {
  id: SETTINGS,
  timezone: null,
  first_day_of_week: 'monday',
  default_reminders: [],
  version: 0,
  position: 0,
};

/** The order of tasks with what was created and moved. */
function keysIn({ confirmed, queue }: State): ReadonlyMap<string, string> {
  const alive = [...confirmed.held.task.values()].filter(({ deleted }) => !deleted);
  const keys = new Map(alive.map(({ id, body }) => [id, body?.order_key ?? '']));
  for (const { action, target, at, standing } of queue) {
    if (action.do === 'create' && action.kind === 'task') {
      keys.set(target, keyAt(at));
    }
    const moved = action.do === 'move' && standing.is !== 'refused' ? keyBeside(keys, action.place) : null;
    if (moved !== null) {
      keys.set(target, moved);
    }
  }
  return keys;
}

function orderOf(shown: unknown): unknown {
  return (shown as Fields).order_key;
}

/** What is laid over each thing: not what was refused. */
function byTarget(queue: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const map = new Map<string, Change[]>();
  for (const change of queue) {
    if (change.standing.is !== 'refused') {
      map.set(change.target, [...(map.get(change.target) ?? []), change]);
    }
  }
  return map;
}
