// The main job, from nothing: sign up, add a task, be reminded, complete it, and it comes back.
import { DateTime } from 'luxon';
import { describe } from 'vitest';

import { words } from '@/words/en';

import { journey, withBrowser } from './support/journey';
import { screenshot } from './support/screenshots';
import { complete, expectLive, quickAdd, row, show, task } from './support/tasks';

/** How long a reminder that is due within a minute may take to be on the screen. */
const REMINDED_MS = 75_000;

withBrowser();

describe('the whole story', () => {
  journey('sign up, add, be reminded, complete, and it comes back', { timeout: 180_000 }, async ({ meet }) => {
    const ada = await meet();
    await ada.join();
    await expectLive(ada.page);

    // Reminded within the minute that runs now: a minute before the second one from now begins.
    const due = DateTime.now().setZone('Europe/Berlin').plus({ minutes: 2 }).startOf('minute').toFormat('H:mm');
    await quickAdd(ada.page, `Water the plants every day at ${due} #home remind 1m before`);
    await show(ada.page, 'all');
    await task(ada.page, 'Water the plants').waitFor();
    await screenshot(ada.page, 'all-tasks');

    const unread = `${words.shell.notifications}, ${words.shell.unread(1)}`;
    await ada.page.getByRole('button', { name: unread }).click({ timeout: REMINDED_MS });
    await ada.page
      .getByRole('main')
      .getByRole('link', { name: /^Water the plants/ })
      .waitFor();

    await show(ada.page, 'all');
    await complete(ada.page, 'Water the plants');
    // Its successor is due a day later, and carries on what it was.
    const successor = row(ada.page, 'Water the plants');
    await successor.filter({ hasText: new RegExp(`${words.task.day.tomorrow}, ${due}`) }).waitFor();
    await successor.getByText('#home').waitFor();
  });
});
