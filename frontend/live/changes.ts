// The changes that pages make, as they are kept.
import type { Action, CreatedKind, EditedKind } from './change';
import { SETTINGS } from './entity';
import type { Fields } from './entity';
import { ALLOWANCE } from './fields';
import { newId } from './id';
import type { Changes, Scope, Snapshot } from './live';
import type { Ports } from './ports';
import { add, withNames } from './queue';
import { resolved } from './rebase';
import type { Store } from './store';

export function changesOf(store: Store, ports: Pick<Ports, 'now' | 'bytes'>): Changes {
  const keep = (target: string, action: Action): Promise<void> => {
    const [id, at] = [newId(ports), ports.now()];
    return store.update(({ queue, aliases }) => ({
      changes: [add(queue, withNames(aliases, { id, at, target, action }))],
    }));
  };
  const create = async (kind: CreatedKind, body: Fields): Promise<string> => {
    const id = typeof body.id === 'string' ? body.id : newId(ports);
    await keep(id, { do: 'create', kind, body: kind === 'task' ? { ...allowing(body), id } : body });
    return id;
  };
  const edit = (kind: EditedKind, id: string, patch: Fields, scope: Scope | null = null) =>
    keep(id, {
      do: 'edit',
      kind,
      patch: allowing(patch),
      base: seen(store.snapshot(), kind, store.idOf(id), patch),
      scope,
    });
  const remove = (kind: CreatedKind, id: string, scope: Scope | null = null) => keep(id, { do: 'delete', kind, scope });
  const step = (verb: 'complete' | 'reopen' | 'skip' | 'restore', id: string) => keep(id, { do: verb, kind: 'task' });

  return {
    createTask: (task) => create('task', { ...task }),
    editTask: (id, patch, scope) => edit('task', id, { ...patch }, scope ?? null),
    completeTask: (id) => step('complete', id),
    reopenTask: (id) => step('reopen', id),
    skipTask: (id) => step('skip', id),
    deleteTask: (id, scope) => remove('task', id, scope ?? null),
    restoreTask: (id) => step('restore', id),
    moveTask: (id, place) => keep(id, { do: 'move', kind: 'task', place }),
    createProject: (project) => create('project', { ...project }),
    editProject: (id, patch) => edit('project', id, { ...patch }),
    deleteProject: (id) => remove('project', id),
    createTag: (name) => create('tag', { name }),
    renameTag: (id, name) => edit('tag', id, { name }),
    deleteTag: (id) => remove('tag', id),
    createFilter: (filter) => create('filter', { ...filter }),
    editFilter: (id, patch) => edit('filter', id, { ...patch }),
    deleteFilter: (id) => remove('filter', id),
    editSettings: (patch) => edit('settings', SETTINGS, { ...patch }),
    readNotification: (id) => keep(id, { do: 'read', kind: 'notification' }),
    resolve: (id, choice) => resolve(store, id, choice),
    dismiss: (id) => dismiss(store, id),
  };
}

function resolve(store: Store, id: string, choice: 'mine' | 'theirs'): Promise<void> {
  return store.update(({ queue }) => {
    const change = queue.find((one) => one.id === id);
    if (change?.standing.is !== 'conflict') {
      return {};
    }
    const left = resolved(change, choice);
    return left === null ? { over: [id] } : { changes: [left] };
  });
}

function dismiss(store: Store, id: string): Promise<void> {
  return store.update(({ queue }) => {
    const isRefused = queue.some((one) => one.id === id && one.standing.is === 'refused');
    return isRefused ? { over: [id] } : {};
  });
}

const TIMES = ['due', 'start', 'reminders'];

/** What was typed in time is not refused because it is sent later. */
function allowing(fields: Fields): Fields {
  return TIMES.some((name) => name in fields) ? { [ALLOWANCE]: true, ...fields } : fields;
}

/** What the person saw in the fields that they change. */
function seen(snapshot: Snapshot, kind: EditedKind, id: string, patch: Fields): Fields {
  const shown: unknown = kind === 'settings' ? snapshot.settings : snapshot[SHELF[kind]].get(id);
  const body = (shown ?? {}) as Fields; // It is a task, a project, a tag, a filter or the settings.
  return Object.fromEntries(
    Object.keys(patch)
      .filter((name) => name in body)
      .map((name) => [name, body[name]]),
  );
}

const SHELF = { task: 'tasks', project: 'projects', tag: 'tags', filter: 'filters' } as const;
