// What people do with tasks, by what they see and hear.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

import { words } from '@/words/en';

/** The small sign says that everything is sent and nothing is missing. */
export async function expectLive(page: Page): Promise<void> {
  await page.getByText(words.live.connected, { exact: true }).waitFor();
}

export async function expectOffline(page: Page, waiting?: number): Promise<void> {
  const text = waiting === undefined ? words.live.offline : `${words.live.offline}, ${words.live.waiting(waiting)}`;
  await page
    .getByText(text, { exact: waiting !== undefined })
    .first()
    .waitFor();
}

/** The service worker has all that the page needs without a network. */
export async function expectReadyForOffline(page: Page): Promise<void> {
  // It is active when it has all files; then it still has to take over the page.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, { timeout: 60_000 });
}

/** Shows a list without loading the page anew, as who clicks in the navigation. */
export async function show(page: Page, list: 'today' | 'upcoming' | 'all'): Promise<void> {
  const navigation = page.getByRole('navigation', { name: words.shell.navigation });
  await navigation.getByRole('link', { name: new RegExp(`^${words.shell[list]}`) }).click();
  await page.getByRole('heading', { level: 1, name: words.shell[list] }).waitFor();
}

export async function quickAdd(page: Page, line: string): Promise<void> {
  await page.keyboard.press('n');
  const field = page.getByLabel(words.task.quickAdd.label);
  await field.fill(line);
  await field.press('Enter');
  await field.waitFor({ state: 'detached' });
}

export function task(page: Page, title: string): Locator {
  return page.getByRole('main').getByRole('link', { name: title, exact: true });
}

/** The whole line of the task in the list. */
export function row(page: Page, title: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('link', { name: title, exact: true }) });
}

export async function complete(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: words.task.completeNamed(title), exact: true }).click();
}

/** Opens the task and gives it another title. */
export async function rename(page: Page, from: string, to: string): Promise<void> {
  await task(page, from).click();
  const title = page.getByLabel(words.task.fields.title, { exact: true });
  await title.fill(to);
  await title.press('Enter');
  await page.getByRole('button', { name: words.task.drawer.close, exact: true }).click();
  await task(page, to).waitFor();
}

/** The titles of the list as it stands, in its order. */
export async function titles(page: Page): Promise<string[]> {
  return page.locator('main a[data-task]').allInnerTexts();
}

export async function expectTitles(page: Page, wanted: readonly string[]): Promise<void> {
  await expect.poll(async () => (await titles(page)).toSorted(), { timeout: 20_000 }).toEqual(wanted.toSorted());
}
