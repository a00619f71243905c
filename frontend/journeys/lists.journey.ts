// The pages of people who are signed in: for everybody, on every screen, by keyboard alone.
import { describe, expect } from 'vitest';

import { words } from '@/words/en';

import { journey, withBrowser } from './support/journey';
import { expectAccessible, expectPainted, expectToFit } from './support/look';
import type { Person } from './support/person';
import { screenshot } from './support/screenshots';
import { expectLive, expectTitles, quickAdd, show, task } from './support/tasks';

const LISTS = ['/today', '/upcoming', '/all', '/inbox', '/notifications', '/search?q=milk', '/nowhere'];

withBrowser();

describe('the pages of people who are signed in', () => {
  journey(
    'have no violation that axe finds, light and dark, empty and full',
    { timeout: 240_000 },
    async ({ meet }) => {
      const ada = await meet();
      ada.complaints.expect(/\/nowhere/);
      await ada.join();
      await expectLive(ada.page);
      for (const path of LISTS) await expectAccessibleAt(ada, path);
      await fillUp(ada);
      for (const path of LISTS) await expectAccessibleAt(ada, path);
    },
  );

  journey('so have drawer, panels and menus', { timeout: 240_000 }, async ({ meet }) => {
    const ada = await meet();
    const account = await ada.join();
    await expectLive(ada.page);
    await fillUp(ada);
    await ada.page.keyboard.press('Escape');
    await show(ada.page, 'all');
    for (const key of ['n', '?', 'Control+k']) {
      await ada.page.keyboard.press(key);
      await ada.page.getByRole('dialog').waitFor();
      await expectAccessible(ada.page);
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await task(ada.page, 'Pay rent').click();
    await ada.page.getByLabel(words.task.fields.title, { exact: true }).waitFor();
    await expectAccessible(ada.page);
    await ada.page.getByRole('button', { name: words.task.drawer.close, exact: true }).click();
    await ada.page.getByRole('button', { name: words.shell.account(account.name) }).click();
    await ada.page.getByRole('menu').waitFor();
    await expectAccessible(ada.page);
  });

  journey('are light or dark as the person chooses, also after a reload', async ({ meet }) => {
    const ada = await meet();
    const account = await ada.join();
    await expectLive(ada.page);
    await ada.page.getByRole('button', { name: words.shell.account(account.name) }).click();
    await ada.page.getByRole('menu').getByText(words.shell.themes.dark, { exact: true }).click();
    await expectPainted(ada.page, 'dark');
    await ada.page.reload();
    await expectLive(ada.page);
    await expectPainted(ada.page, 'dark');
  });

  journey('fit on a screen of 360 px', async ({ meet }) => {
    const ada = await meet({ width: 360 });
    await ada.join();
    await expectLive(ada.page);
    await fillUp(ada);
    for (const path of LISTS.filter((list) => list !== '/nowhere')) {
      await ada.page.goto(path);
      await ada.page.getByRole('main').waitFor();
      await expectToFit(ada.page);
    }
    await ada.page.goto('/all');
    await task(ada.page, 'Pay rent').waitFor();
    await screenshot(ada.page, 'phone');
    await task(ada.page, 'Pay rent').click();
    await ada.page.getByLabel(words.task.fields.title, { exact: true }).waitFor();
    await expectToFit(ada.page);
  });

  journey('can be worked with the keyboard alone', async ({ meet }) => {
    const ada = await meet();
    const { keyboard } = ada.page;
    await ada.join();
    await expectLive(ada.page);
    for (const title of ['First', 'Second', 'Third']) {
      await keyboard.press('n');
      await ada.page.getByLabel(words.task.quickAdd.label).waitFor();
      await keyboard.type(title);
      await keyboard.press('Enter');
      await ada.page.getByLabel(words.task.quickAdd.label).waitFor({ state: 'detached' });
    }
    await keyboard.press('g');
    await keyboard.press('a');
    await expectTitles(ada.page, ['First', 'Second', 'Third']);

    await keyboard.press('Home');
    await focusOn(ada, 0);
    await keyboard.press('j');
    const second = await focusOn(ada, 1);
    await keyboard.press('c');
    await task(ada.page, second).waitFor({ state: 'detached' });
    await keyboard.press('u');
    await task(ada.page, second).waitFor();

    await keyboard.press('?');
    await ada.page.getByRole('dialog', { name: words.shell.help.title }).waitFor();
    await keyboard.press('Escape');
    await keyboard.press('Control+k');
    await ada.page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
  });

  journey('show titles and descriptions as text, whatever is in them', async ({ meet }) => {
    const ada = await meet();
    await ada.join();
    await expectLive(ada.page);
    const attack = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
    await quickAdd(ada.page, attack);
    await show(ada.page, 'all');
    await task(ada.page, attack).click();
    await ada.page.getByLabel(words.task.fields.title, { exact: true }).waitFor();
    expect(await ada.page.evaluate(() => 'broken' in window)).toBe(false);
  });

  journey('look like this', async ({ meet }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const ada = await meet({ colorScheme });
      await ada.join();
      await expectLive(ada.page);
      await fillUp(ada);
      await show(ada.page, 'upcoming');
      await task(ada.page, 'Pay rent').waitFor();
      await screenshot(ada.page, `upcoming-${colorScheme}`);
    }
  });
});

async function expectAccessibleAt({ page }: Person, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expectAccessible(page);
}

async function fillUp({ page }: Person): Promise<void> {
  for (const line of [
    'Buy milk today p1 #home',
    'Pay rent every month on the 1st at 9 #home remind 1h before',
    'Call Ada tomorrow at 10 +Work',
    'Read a book',
  ]) {
    await quickAdd(page, line);
  }
}

/** Waits until the focus is on the row at this place; answers its title. */
async function focusOn({ page }: Person, place: number): Promise<string> {
  const focused = page.locator(`main li[data-index="${place}"] a[data-task]:focus`);
  await focused.waitFor();
  return focused.innerText();
}
