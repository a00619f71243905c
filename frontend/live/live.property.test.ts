// Whatever happens in whatever order: in the end the screen says what the server says, nothing is kept any more, and what
// was typed has arrived, unless the person gave it up or was told that it was refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Action, EditedKind } from './change';
import type { Fields } from './entity';
import { World, plain } from './testing/world';

const SEED = 20261123;
const RUNS = 1500;

type Tab = 0 | 1;
type Happening =
  | 'send'
  | 'send another'
  | 'serve'
  | 'hear'
  | 'crash'
  | 'forget keys'
  | 'purge'
  | 'fail over'
  | 'keep'
  | 'restore server'
  | 'dismiss';
type Step =
  | { do: 'create'; tab: Tab; within: number }
  | { do: 'create tag' | 'create project'; tab: Tab; isKnown: boolean }
  | { do: 'edit' | 'edit two'; tab: Tab; which: number }
  | { do: 'put into project'; tab: Tab; which: number; within: number }
  | { do: 'rename tag' | 'delete tag' | 'delete project'; tab: Tab; which: number }
  | { do: 'complete' | 'reopen' | 'skip' | 'delete' | 'restore' | 'move'; tab: Tab; which: number }
  | {
      do: 'elsewhere';
      what: 'create' | 'title' | 'priority' | 'complete' | 'reopen' | 'delete' | 'create tag' | 'rename tag';
      which: number;
    }
  | { do: Happening }
  | { do: 'answer'; isLost: boolean }
  | { do: 'deliver'; how: 'once' | 'twice' | 'late' | 'lost' }
  | { do: 'sync'; limit: number }
  | { do: 'receive'; tab: Tab }
  | { do: 'resolve'; choice: 'mine' | 'theirs' };

const tab = fc.constantFrom<Tab>(0, 1);
const which = fc.nat(3);
const just = <T extends string>(...names: T[]) => fc.constantFrom(...names);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: just('create'), tab, within: which }) },
  { weight: 2, arbitrary: fc.record({ do: just('create tag', 'create project'), tab, isKnown: fc.boolean() }) },
  { weight: 9, arbitrary: fc.record({ do: just('edit', 'edit', 'edit two'), tab, which }) },
  { weight: 2, arbitrary: fc.record({ do: just('put into project'), tab, which, within: which }) },
  { weight: 2, arbitrary: fc.record({ do: just('rename tag', 'delete tag', 'delete project'), tab, which }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: just('complete', 'reopen', 'skip', 'delete', 'restore', 'move'), tab, which }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: just('elsewhere'),
      what: just('create', 'title', 'priority', 'complete', 'reopen', 'delete', 'create tag', 'rename tag'),
      which,
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: just('send', 'send', 'send another') }) },
  { weight: 10, arbitrary: fc.record({ do: just('serve') }) },
  { weight: 10, arbitrary: fc.record({ do: just('answer'), isLost: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: just('hear') }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: just('deliver'), how: just('once', 'once', 'once', 'twice', 'late', 'lost') }),
  },
  { weight: 3, arbitrary: fc.record({ do: just('sync'), limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 8, arbitrary: fc.record({ do: just('receive'), tab }) },
  { weight: 2, arbitrary: fc.record({ do: just('resolve'), choice: just('mine', 'theirs') }) },
  { weight: 3, arbitrary: fc.record({ do: just('crash', 'dismiss', 'keep', 'purge', 'fail over', 'forget keys') }) },
  { weight: 1, arbitrary: fc.record({ do: just('restore server') }) },
);

test('any interleaving ends with what the server has, and nothing that was typed is lost', { timeout: 60_000 }, () => {
  const seen: Record<string, number> = {};
  const choice = fc.constantFrom('mine' as const, 'theirs' as const);
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }), choice, (steps, last) => {
    const world = new World();
    world.sync(1000);
    steps.forEach((one) => play(world, one));
    world.settle(last);
    check(world);
    Object.entries(world.seen).forEach(([name, times]) => (seen[name] = (seen[name] ?? 0) + times));
  });
  console.log(`seed ${SEED}, ${RUNS} runs`);
  fc.assert(property, { seed: SEED, numRuns: RUNS });
  console.log(seen);
  // What never happened was not tried.
  expect(Object.values(seen).filter((times) => times < 20)).toEqual([]);
});

function check(world: World): void {
  for (const { shown, memory } of world.tabs) {
    expect(memory.queue).toEqual([]);
    expect(plain(shown.snapshot.tasks)).toEqual(plain(world.server.alive('task')));
    expect(plain(shown.snapshot.tags)).toEqual(plain(world.server.alive('tag')));
    expect(plain(shown.snapshot.projects)).toEqual(plain(world.server.alive('project')));
  }
  if (!world.wasRestored) {
    const told = world.refusals.flatMap(({ action }) => texts(action));
    const arrived = new Set([...world.server.stored, ...world.givenUp, ...told]);
    expect([...world.typed].filter((text) => !arrived.has(text))).toEqual([]);
    const refused = new Set(world.refusals.map(({ target }) => target));
    expect([...world.completed].filter((id) => !world.server.done.has(id) && !refused.has(id))).toEqual([]);
  }
}

function texts(action: Action): string[] {
  const fields = action.do === 'create' ? action.body : action.do === 'edit' ? action.patch : {};
  return Object.values(fields).map(String);
}

function play(world: World, one: Step): void {
  switch (one.do) {
    case 'create': {
      const id = world.name('task');
      const project = pick(world, one.tab, 'projects', one.within);
      const body = {
        id,
        title: world.text(),
        ...(one.within % 2 === 0 && project !== null ? { project_id: project } : {}),
      };
      world.type(one.tab, id, { do: 'create', kind: 'task', body });
      return;
    }
    case 'create tag':
    case 'create project': {
      const name = one.isKnown ? 'known' : world.text();
      const kind = one.do === 'create tag' ? 'tag' : 'project';
      world.type(one.tab, world.name(kind), { do: 'create', kind, body: { name } });
      return;
    }
    case 'edit':
      edit(world, one.tab, 'task', one.which, { title: world.text() });
      return;
    case 'edit two':
      edit(world, one.tab, 'task', one.which, { title: world.text(), priority: world.text() });
      return;
    case 'put into project':
      edit(world, one.tab, 'task', one.which, { project_id: pick(world, one.tab, 'projects', one.within) });
      return;
    case 'rename tag':
      edit(world, one.tab, 'tag', one.which, { name: world.text() });
      return;
    case 'delete tag':
      to(world, one.tab, 'tags', one.which, { do: 'delete', kind: 'tag', scope: null });
      return;
    case 'delete project':
      to(world, one.tab, 'projects', one.which, { do: 'delete', kind: 'project', scope: null });
      return;
    case 'complete':
    case 'reopen':
    case 'skip':
    case 'restore':
      to(world, one.tab, 'tasks', one.which, { do: one.do, kind: 'task' });
      return;
    case 'delete':
      to(world, one.tab, 'tasks', one.which, { do: 'delete', kind: 'task', scope: null });
      return;
    case 'move': {
      const after = pick(world, one.tab, 'tasks', one.which + 1) ?? '';
      to(world, one.tab, 'tasks', one.which, { do: 'move', kind: 'task', place: { after } });
      return;
    }
    case 'elsewhere':
      elsewhere(world, one.what, one.which);
      return;
    case 'answer':
      world.answer(one.isLost);
      return;
    case 'deliver':
      world.deliver(one.how);
      return;
    case 'sync':
      world.sync(one.limit);
      return;
    case 'receive':
      world.receive(one.tab);
      return;
    case 'resolve':
      world.resolve(one.choice);
      return;
    default:
      happen(world, one.do);
      return;
  }
}

function happen(world: World, what: Happening): void {
  switch (what) {
    case 'send':
      world.send();
      return;
    case 'send another':
      world.send(true);
      return;
    case 'serve':
      world.serve();
      return;
    case 'hear':
      world.hear();
      return;
    case 'crash':
      world.crash();
      return;
    case 'forget keys':
      world.wereKeysForgotten = true;
      world.server.forgetKeys();
      return;
    case 'purge':
      world.server.purge();
      return;
    case 'fail over':
      world.server.fail();
      return;
    case 'keep':
      world.server.keep();
      return;
    case 'restore server':
      world.wasRestored = world.server.restore() || world.wasRestored;
      return;
    case 'dismiss':
      world.dismiss();
  }
}

type Shelf = 'tasks' | 'tags' | 'projects';

function pick(world: World, at: Tab, shelf: Shelf, which: number): string | null {
  const ids = [...world.tabs[at].shown.snapshot[shelf].keys()];
  return ids[which % Math.max(ids.length, 1)] ?? null;
}

function to(world: World, at: Tab, shelf: Shelf, which: number, action: Action): void {
  const id = pick(world, at, shelf, which);
  if (id !== null) {
    world.type(at, id, action);
  }
}

function edit(world: World, at: Tab, kind: Extract<EditedKind, 'task' | 'tag'>, which: number, patch: Fields): void {
  const shelf = world.tabs[at].shown.snapshot[kind === 'task' ? 'tasks' : 'tags'];
  const id = pick(world, at, kind === 'task' ? 'tasks' : 'tags', which);
  const body = id === null ? undefined : (shelf.get(id) as unknown as Fields | undefined);
  if (id === null || body === undefined) {
    Object.values(patch).forEach((text) => world.typed.delete(String(text)));
    return;
  }
  const base = Object.fromEntries(Object.keys(patch).map((name) => [name, body[name] ?? null]));
  Object.entries(patch).forEach(([name, text]) => world.overSeen(String(text), body[name]));
  world.type(at, id, { do: 'edit', kind, patch, base, scope: null });
}

function elsewhere(world: World, what: Extract<Step, { do: 'elsewhere' }>['what'], which: number): void {
  const kind = what.endsWith('tag') ? 'tag' : 'task';
  const ids = [...world.server.alive(kind).keys()];
  const id = ids[which % Math.max(ids.length, 1)];
  const path = kind === 'tag' ? '/v1/tags' : '/v1/tasks';
  const request = (method: 'POST' | 'PATCH' | 'DELETE', at: string, body: Fields | null) =>
    world.server.serve({
      service: 'tasks',
      method,
      path: at,
      headers: { 'Idempotency-Key': world.name('other') },
      body,
    });
  if (what === 'create') {
    request('POST', path, { id: world.name('task'), title: world.name('other') });
  } else if (what === 'create tag') {
    request('POST', path, { name: which % 2 === 0 ? 'known' : world.name('other') });
  } else if (id !== undefined) {
    const changes = {
      title: () => request('PATCH', `${path}/${id}`, { title: world.name('other') }),
      priority: () => request('PATCH', `${path}/${id}`, { priority: world.name('other') }),
      'rename tag': () => request('PATCH', `${path}/${id}`, { name: world.name('other') }),
      complete: () => request('POST', `${path}/${id}/complete`, null),
      reopen: () => request('POST', `${path}/${id}/reopen`, null),
      delete: () => request('DELETE', `${path}/${id}`, null),
    };
    changes[what]();
  }
}
