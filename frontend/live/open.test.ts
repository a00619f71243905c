import 'fake-indexeddb/auto';

import { IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { databaseOf } from './db';
import { StorageFull } from './live';
import type { Live } from './live';
import { Browser } from './testing/browser';

let browser: Browser;
let opened: Live[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  browser = new Browser();
  opened = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.map((live) => live.close()));
});

async function open(userId?: string): Promise<{ live: Live; tab: number }> {
  const made = await browser.open(userId);
  opened.push(made.live);
  return made;
}

async function openedAndLive(): Promise<{ live: Live; tab: number }> {
  const made = await open();
  await vi.waitFor(() => expect(made.live.status().connection).toBe('live'));
  return made;
}

const titles = (live: Live) => [...live.snapshot().tasks.values()].map(({ title }) => title).sort();
const elsewhere = (title: string) =>
  browser.server.serve({
    service: 'tasks',
    method: 'POST',
    path: '/v1/tasks',
    headers: { 'Idempotency-Key': title },
    body: { title, tags: [] },
  });
const onServer = () => [...browser.server.alive('task').values()].map(({ title }) => title).sort();

test('what the server has is shown, and what changes there', async () => {
  elsewhere('before');
  const { live } = await openedAndLive();
  expect(titles(live)).toEqual(['before']);

  elsewhere('after');
  browser.gateway.push();

  await vi.waitFor(() => expect(titles(live)).toEqual(['after', 'before']));
});

test('an event that got lost is fetched', async () => {
  const { live } = await openedAndLive();
  elsewhere('lost');
  elsewhere('seen');
  browser.gateway.push(1);
  await vi.waitFor(() => expect(titles(live)).toEqual(['lost', 'seen']));
});

test('a change of any tab is shown in all of them and sent by the one that leads', async () => {
  const first = await openedAndLive();
  const second = await open();
  await vi.waitFor(() => expect(second.live.status().connection).toBe('live'));

  const id = await second.live.createTask({ title: 'bread', tags: [] });
  expect(second.live.snapshot().tasks.get(id)?.pending).toBe(true);

  await vi.waitFor(() => expect(first.live.snapshot().tasks.get(id)?.pending).toBe(false));
  await vi.waitFor(() => expect(second.live.snapshot().tasks.get(id)?.version).toBe(1));
  expect(second.live.status().waiting).toBe(0);
  expect(browser.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/tasks']);
});

test('what did not change is the same object', async () => {
  elsewhere('kept');
  const { live } = await openedAndLive();
  const before = live.snapshot();
  const kept = [...before.tasks.values()][0];

  await live.createTask({ title: 'new', tags: [] });

  const after = live.snapshot();
  expect(after).not.toBe(before);
  expect([...after.tasks.values()]).toContain(kept);
  expect(after.projects).toBe(before.projects);
  expect(live.status()).toBe(live.status());
});

test('without a network everything is shown, changes are kept, and another tab sends them when the first has crashed', async () => {
  elsewhere('before');
  const first = await openedAndLive();
  browser.instead = 'down';
  browser.gateway.isUp = false;
  browser.gateway.drop(1006);
  await vi.waitFor(() => expect(first.live.status().connection).toBe('offline'));

  await first.live.createTask({ title: 'typed in the first', tags: [] });
  browser.kill(first.tab);
  const second = await open();
  await second.live.createTask({ title: 'typed in the second', tags: [] });

  const all = ['before', 'typed in the first', 'typed in the second'];
  expect(titles(second.live)).toEqual(all);
  expect(second.live.status()).toMatchObject({ connection: 'offline', waiting: 2 });

  browser.instead = null;
  browser.gateway.isUp = true;
  await vi.waitFor(() => {
    browser.advance(1000);
    expect(second.live.status()).toMatchObject({ connection: 'live', waiting: 0 });
  });
  expect(onServer()).toEqual(all);
});

test('a change whose answer was lost is sent again by the tab that leads next, and carried out once', async () => {
  const first = await openedAndLive();
  const second = await open();
  const id = await first.live.createTask({ title: 'once', tags: [] });
  await vi.waitFor(() => expect(first.live.status().waiting).toBe(0));

  browser.instead = 'lost';
  await first.live.completeTask(id);
  await vi.waitFor(() => expect(browser.requests).toHaveLength(2));
  browser.instead = null;
  browser.kill(first.tab);

  await vi.waitFor(() => expect(second.live.status().waiting).toBe(0));
  const [, sent, again] = browser.requests;
  expect(again).toEqual(sent);
  expect(browser.server.alive('task').get(id)).toMatchObject({ status: 'done', version: 2 });
});

test('after more than 24 hours without an answer each change is still carried out once', async () => {
  const first = await openedAndLive();
  const id = await first.live.createTask({ title: 'a', tags: [] });
  await vi.waitFor(() => expect(first.live.status().waiting).toBe(0));

  let { live, tab } = first;
  for (const change of [
    () => live.editTask(id, { title: 'b' }),
    () => live.completeTask(id),
    () => live.deleteTask(id),
  ]) {
    const position = browser.server.position;
    browser.instead = 'lost';
    await change();
    await vi.waitFor(() => expect(browser.server.position).toBe(position + 1));
    browser.kill(tab);
    browser.server.forgetKeys();
    browser.advance(25 * 3_600_000);
    browser.instead = null;

    ({ live, tab } = await open());
    await vi.waitFor(() => {
      browser.advance(1_000);
      expect(live.status()).toMatchObject({ waiting: 0, refused: [], conflicts: [], connection: 'live' });
    });
    expect(browser.server.position).toBe(position + 1);
  }
  expect(titles(live)).toEqual([]);
});

test('a tab that closes leaves the lead to another', async () => {
  const first = await openedAndLive();
  const second = await open();
  await first.live.close();
  await second.live.createTask({ title: 'later', tags: [] });
  await vi.waitFor(() => expect(onServer()).toEqual(['later']));
});

test('a change that finds no room is rejected, and nothing of it is shown or sent', async () => {
  const { live } = await openedAndLive();
  const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError');
  });

  await expect(live.createTask({ title: 'too much', tags: [] })).rejects.toBeInstanceOf(StorageFull);
  expect(titles(live)).toEqual([]);
  expect(live.status()).toMatchObject({ storageFull: true, waiting: 0 });

  full.mockRestore();
  await live.createTask({ title: 'fits', tags: [] });
  expect(live.status().storageFull).toBe(false);
  await vi.waitFor(() => expect(onServer()).toEqual(['fits']));
});

test('what is kept is sent although there is no room for anything new', async () => {
  const { live } = await openedAndLive();
  browser.instead = 'down';
  await live.createTask({ title: 'kept', tags: [] });
  await live.createTask({ title: 'kept, too', tags: [] });
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError');
  });
  browser.instead = null;

  await vi.waitFor(() => {
    browser.advance(1_000);
    expect(live.status()).toMatchObject({ waiting: 0, storageFull: true });
  });
  expect(onServer()).toEqual(['kept', 'kept, too']);
  expect(titles(live)).toEqual(['kept', 'kept, too']);
});

test('what the server says is shown without room for it, and kept once there is', async () => {
  const { live } = await openedAndLive();
  const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError');
  });
  elsewhere('one');
  browser.gateway.push();
  await vi.waitFor(() => expect(titles(live)).toEqual(['one']));

  full.mockRestore();
  elsewhere('two');
  browser.gateway.push();
  await vi.waitFor(() => expect(titles(live)).toEqual(['one', 'two']));
  browser.instead = 'down';
  browser.gateway.isUp = false;
  await live.close();
  const again = await open();
  expect(titles(again.live)).toEqual(['one', 'two']);
});

test('wiping removes everything of the user in all tabs, and nothing of another user', async () => {
  await (await open('bob')).live.close();
  elsewhere('private');
  const first = await openedAndLive();
  const second = await open();
  expect(titles(second.live)).toEqual(['private']);

  await first.live.wipe();

  const names = (await indexedDB.databases()).map(({ name }) => name);
  expect(names).toEqual([databaseOf('bob')]);
  await vi.waitFor(() => expect(second.live.snapshot()).toMatchObject({ loaded: false, tasks: new Map() }));
  await vi.waitFor(() => expect(browser.wiped).toEqual([second.tab]));
  await expect(second.live.createTask({ title: 'late', tags: [] })).rejects.toThrow();
});

test('nothing is sent while another user is signed in', async () => {
  const { live } = await openedAndLive();
  browser.signedIn = 'bob';
  await live.createTask({ title: 'of alice', tags: [] });
  await vi.waitFor(() => expect(live.status()).toMatchObject({ signedOut: true, waiting: 1 }));
  expect(browser.requests).toEqual([]);

  browser.signedIn = 'alice';
  browser.advance(30_000);
  await vi.waitFor(() => expect(onServer()).toEqual(['of alice']));
  expect(live.status()).toMatchObject({ signedOut: false, waiting: 0 });
});

test('a service that asks for time gets it', async () => {
  const { live } = await openedAndLive();
  browser.instead = Response.json({}, { status: 503, headers: { 'Retry-After': '7' } });
  await live.createTask({ title: 'patient', tags: [] });
  await vi.waitFor(() => expect(browser.requests).toHaveLength(1));
  browser.instead = null;

  browser.advance(6_999);
  await live.createTask({ title: 'impatient', tags: [] });
  expect(browser.requests).toHaveLength(1);

  browser.advance(1);
  await vi.waitFor(() => expect(onServer()).toEqual(['impatient', 'patient']));
});

test('the socket gets a new token before the old one ends', async () => {
  const { live } = await openedAndLive();
  expect(browser.gateway.said.map(({ type }) => type)).toEqual(['connect']);
  browser.advance(540_000);
  await vi.waitFor(() => expect(browser.gateway.said.map(({ type }) => type)).toEqual(['connect', 'refresh']));
  expect(live.status().connection).toBe('live');
});

test('a connection that is gone without a word is found out when the person comes back', async () => {
  const { live } = await openedAndLive();
  browser.gateway.isGone = true;
  browser.wake();
  await vi.waitFor(() => expect(browser.gateway.said.at(-1)).toMatchObject({ type: 'refresh' }));
  browser.gateway.isGone = false;
  browser.advance(20_000);
  await vi.waitFor(() => {
    browser.advance(1_000);
    expect(browser.gateway.said.filter(({ type }) => type === 'connect')).toHaveLength(2);
  });
  await vi.waitFor(() => expect(live.status().connection).toBe('live'));
});

test.each([1001, 1006, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4501])('after %i it comes back', async (code) => {
  const { live } = await openedAndLive();
  browser.gateway.drop(code);
  await vi.waitFor(() => expect(live.status().connection).toBe('offline'));
  await vi.waitFor(() => {
    browser.advance(5_000);
    expect(live.status()).toMatchObject({ connection: 'live', signedOut: false });
  });
  expect(browser.gateway.said.at(-1)).toMatchObject({ type: 'connect', since: { epoch: 1, tasks: 0 } });
});

test.each([1002, 1003, 1007, 1009, 4500, 4502, 4504])(
  'after %i it does not come back, and still sends',
  async (code) => {
    const { live } = await openedAndLive();
    browser.gateway.drop(code);
    await vi.waitFor(() => expect(live.status().connection).toBe('offline'));
    browser.advance(600_000);
    await live.createTask({ title: 'sent', tags: [] });
    await vi.waitFor(() => expect(onServer()).toEqual(['sent']));
    expect(browser.gateway.said).toHaveLength(1);
  },
);
