// Without a network: nothing typed is lost, and at the end all is as the server says.
import { describe, expect } from 'vitest';

import { words } from '@/words/en';

import { journey, withBrowser } from './support/journey';
import { createTask, tasksOf } from './support/server';
import {
  complete,
  expectLive,
  expectOffline,
  expectReadyForOffline,
  expectTitles,
  quickAdd,
  rename,
  show,
  task,
  titles,
} from './support/tasks';

/** The page cannot reach what it asks for, and the browser says so on the console. */
const NO_NETWORK = /net::ERR_|WebSocket connection to/;

withBrowser();

describe('offline', () => {
  journey('ten edits in each of two tabs, and then both equal the server', { timeout: 180_000 }, async ({ meet }) => {
    const ada = await meet();
    ada.complaints.expect(NO_NETWORK);
    await ada.join();
    await expectLive(ada.page);
    const old = Array.from({ length: 10 }, (_, index) => `Old ${index}`);
    for (const title of old) await createTask(ada.page, title);
    const first = ada.page;
    const second = await ada.context.newPage();
    await second.goto('/all');
    await show(first, 'all');
    for (const page of [first, second]) await expectTitles(page, old);
    for (const page of [first, second]) await expectReadyForOffline(page);

    ada.network.cut();
    for (const [tab, page] of [first, second].entries()) {
      await page.bringToFront();
      await expectOffline(page);
      for (const title of old.slice(tab * 5, tab * 5 + 3)) await complete(page, title);
      for (const title of old.slice(tab * 5 + 3, tab * 5 + 5))
        await rename(page, title, `${title}, renamed in tab ${tab}`);
      for (let number = 0; number < 5; number++) await quickAdd(page, `New ${number} of tab ${tab}`);
    }
    const open = [0, 1].flatMap((tab) => [
      ...old.slice(tab * 5 + 3, tab * 5 + 5).map((title) => `${title}, renamed in tab ${tab}`),
      ...Array.from({ length: 5 }, (_, number) => `New ${number} of tab ${tab}`),
    ]);
    for (const page of [first, second]) {
      await expectTitles(page, open);
      await expectOffline(page, 20);
    }

    ada.network.mend();
    for (const page of [first, second]) await expectLive(page);
    const server = await tasksOf(first);
    expect(
      server
        .filter(({ status }) => status === 'open')
        .map(({ title }) => title)
        .toSorted(),
    ).toEqual(open.toSorted());
    expect(server.filter(({ status }) => status === 'done')).toHaveLength(6);
    expect(server).toHaveLength(20);
    for (const page of [first, second]) await expectTitles(page, open);
    expect(await titles(first)).toEqual(await titles(second));
  });

  journey('a reload shows all tasks, and what waits is sent later', async ({ meet }) => {
    const ada = await meet();
    ada.complaints.expect(NO_NETWORK);
    await ada.join();
    await show(ada.page, 'all');
    await quickAdd(ada.page, 'Before the network went');
    await expectLive(ada.page);
    await expectReadyForOffline(ada.page);
    ada.network.cut();
    await expectOffline(ada.page);
    await quickAdd(ada.page, 'Without a network');
    await ada.page.reload();
    await expectTitles(ada.page, ['Before the network went', 'Without a network']);
    await expectOffline(ada.page, 1);
    ada.network.mend();
    await expectLive(ada.page);
    expect((await tasksOf(ada.page)).map(({ title }) => title)).toContain('Without a network');
  });

  journey('both changed the same field: both versions are shown, and the person chooses', async ({ meet }) => {
    const [laptop, phone] = [await meet(), await meet()];
    const account = await laptop.join();
    phone.complaints.expect(NO_NETWORK);
    await phone.signIn(account);
    await phone.arrive();
    await quickAdd(laptop.page, 'Call the bank');
    for (const { page } of [laptop, phone]) {
      await show(page, 'all');
      await task(page, 'Call the bank').waitFor();
    }
    await expectLive(phone.page);
    await expectReadyForOffline(phone.page);
    phone.network.cut();
    await expectOffline(phone.page);
    await rename(phone.page, 'Call the bank', 'Write to the bank');
    await rename(laptop.page, 'Call the bank', 'Go to the bank');
    await expectLive(laptop.page);
    // A refused If-Match is what a conflict begins with.
    phone.complaints.expect(/status of 412/);
    phone.network.mend();
    const conflict = phone.page.getByRole('region', { name: /was changed elsewhere too/ });
    await phone.page.getByRole('button', { name: words.live.changes.title }).click();
    await conflict.getByRole('cell', { name: 'Write to the bank' }).waitFor();
    await conflict.getByRole('cell', { name: 'Go to the bank' }).waitFor();
    await conflict.getByRole('button', { name: words.live.changes.keepMine }).click();
    await task(laptop.page, 'Write to the bank').waitFor();
    expect((await tasksOf(laptop.page)).map(({ title }) => title)).toEqual(['Write to the bank']);
  });
});
