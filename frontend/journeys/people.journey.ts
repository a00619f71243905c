// Who is in front of the browser changes, or their session ends: nobody sees or sends what is another's.
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';

import { signIn as guests } from '@/words/sign-in';
import { words } from '@/words/en';

import { journey, withBrowser } from './support/journey';
import { newAccount, type Person } from './support/person';
import { tasksOf } from './support/server';
import { expectLive, expectOffline, expectReadyForOffline, quickAdd, show, task, titles } from './support/tasks';

const REFUSED = /status of 401/;
const NO_NETWORK = /net::ERR_|WebSocket connection to/;

withBrowser();

describe('people', () => {
  journey('sign out, and nothing of them stays in the browser', async ({ meet }) => {
    const ada = await meet();
    const account = await ada.join();
    await expectLive(ada.page);
    await quickAdd(ada.page, 'A secret of Ada');
    await show(ada.page, 'all');
    await task(ada.page, 'A secret of Ada').waitFor();
    await expectLive(ada.page);
    await signOut(ada, account.name);
    expect(await databases(ada.page)).toEqual([]);

    // Somebody else, in the same browser.
    await ada.signUp(newAccount('Bob'));
    await ada.arrive();
    await show(ada.page, 'all');
    await expectLive(ada.page);
    expect(await titles(ada.page)).toEqual([]);
    expect(await tasksOf(ada.page)).toEqual([]);
  });

  journey('are told what would be lost, and may stay', async ({ meet }) => {
    const ada = await meet();
    ada.complaints.expect(NO_NETWORK);
    const account = await ada.join();
    await show(ada.page, 'all');
    await expectLive(ada.page);
    await quickAdd(ada.page, 'Sent');
    await expectLive(ada.page);
    await openSignOut(ada, account.name);
    await cancel(ada);
    await expectReadyForOffline(ada.page);
    ada.network.cut();
    await expectOffline(ada.page);
    await quickAdd(ada.page, 'Not sent yet');
    await openSignOut(ada, account.name);
    await ada.page.getByText(words.shell.signOutUnsent(1)).waitFor();
    // Without the server the session cannot end, so nothing is given up.
    await ada.press(words.shell.signOutAnyway(1));
    await ada.page.getByText(words.shell.signOutFailed).waitFor();
    await cancel(ada);
    ada.network.mend();
    await expectLive(ada.page);
    expect((await tasksOf(ada.page)).map(({ title }) => title).toSorted()).toEqual(['Not sent yet', 'Sent']);
  });

  journey('whose session ended elsewhere keep their changes, and go on after signing in', async ({ meet }) => {
    const [laptop, phone] = [await meet(), await meet()];
    const account = await laptop.join();
    // Each may ask for a token once more before it leaves.
    laptop.complaints.expect(REFUSED);
    phone.complaints.expect(REFUSED);
    await show(laptop.page, 'all');
    await expectLive(laptop.page);
    await phone.signIn(account);
    await phone.arrive();
    await openSignOut(phone, account.name, words.shell.signOutEverywhere);
    await phone.page.getByRole('dialog').getByRole('button', { name: words.shell.signOutEverywhere }).click();
    await phone.arrive('/sign-in');

    // The last token of the laptop is good for ten minutes; a new page has none.
    await laptop.page.goto('/today');
    await laptop.arrive('/sign-in');
    await laptop.page.getByRole('heading', { name: guests.signIn.title }).waitFor();
    await laptop.signIn(account);
    await laptop.arrive();
    await expectLive(laptop.page);
  });

  journey('who come without signing out do not see what another left', async ({ meet }) => {
    const ada = await meet();
    ada.complaints.expect(NO_NETWORK);
    await ada.join();
    await show(ada.page, 'all');
    await expectLive(ada.page);
    await expectReadyForOffline(ada.page);
    ada.network.cut();
    await expectOffline(ada.page);
    await quickAdd(ada.page, 'Ada’s, never sent');
    ada.network.mend();
    // As after a session that has run out: the cookie is gone, all else is there. The page is left before it can send.
    await ada.context.clearCookies();
    await ada.signUp(newAccount('Bob'));
    await ada.arrive();
    await show(ada.page, 'all');
    await expectLive(ada.page);
    expect(await titles(ada.page)).toEqual([]);
    expect((await tasksOf(ada.page)).map(({ title }) => title)).toEqual([]);
  });
});

async function openSignOut(person: Person, name: string, item: string = words.shell.signOut): Promise<void> {
  await person.page.getByRole('button', { name: words.shell.account(name) }).click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
  await person.page.getByRole('dialog').waitFor();
}

async function cancel(person: Person): Promise<void> {
  await person.press(words.shell.cancel);
  await person.page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function signOut(person: Person, name: string): Promise<void> {
  await openSignOut(person, name);
  await person.page.getByRole('dialog').getByRole('button', { name: words.shell.signOut, exact: true }).click();
  await person.arrive('/sign-in');
}

/** The databases that this browser keeps for us. */
async function databases(page: Page): Promise<string[]> {
  return page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? ''));
}
