// Several browsers at once: changes show everywhere, at once, and to nobody else.
import { describe, expect } from 'vitest';

import { words } from '@/words/en';

import { journey, withBrowser } from './support/journey';
import { expectLive, complete, quickAdd, show, task, titles } from './support/tasks';

withBrowser();

describe('live', () => {
  journey(
    'what alice does in one browser shows in her other one within a second, and never to bob',
    async ({ meet }) => {
      const [laptop, phone, bob] = [await meet(), await meet({ width: 360 }), await meet()];
      const account = await laptop.join();
      await phone.signIn(account);
      await phone.arrive();
      await bob.join();
      await Promise.all([laptop, phone, bob].map(({ page }) => expectLive(page)));
      await show(laptop.page, 'all');
      await show(bob.page, 'all');
      await phone.page.goto('/all');
      await expectLive(phone.page);

      const took: number[] = [];
      for (let number = 1; number <= 5; number++) {
        const title = `Task number ${number}`;
        const seen = task(phone.page, title).waitFor();
        await quickAdd(laptop.page, title);
        const added = Date.now();
        await seen;
        took.push(Date.now() - added);
      }
      // Of five, so that one moment of a busy machine decides nothing.
      expect(took.toSorted((a, b) => a - b)[2], `took ${took.join(', ')} ms`).toBeLessThanOrEqual(1_000);

      await complete(phone.page, 'Task number 3');
      await task(laptop.page, 'Task number 3').waitFor({ state: 'detached' });
      expect(await titles(bob.page)).toEqual([]);
    },
  );

  journey('a second tab of the same browser shows it too', async ({ meet }) => {
    const ada = await meet();
    await ada.join();
    await show(ada.page, 'all');
    const tab = await ada.context.newPage();
    await tab.goto('/all');
    await expectLive(tab);
    await quickAdd(ada.page, 'From the first tab');
    await task(tab, 'From the first tab').waitFor();
    await tab.bringToFront();
    await quickAdd(tab, 'From the second tab');
    await task(ada.page, 'From the second tab').waitFor();
    // The tab that led is gone: another one takes over.
    await ada.page.close();
    await quickAdd(tab, 'After the first tab');
    await task(tab, 'After the first tab').waitFor();
    await expectLive(tab);
  });

  journey('deleting can be undone, everywhere', async ({ meet }) => {
    const [laptop, phone] = [await meet(), await meet()];
    const account = await laptop.join();
    await phone.signIn(account);
    await phone.arrive();
    for (const { page } of [laptop, phone]) await show(page, 'all');
    await quickAdd(laptop.page, 'Nearly lost');
    await task(phone.page, 'Nearly lost').waitFor();
    await task(laptop.page, 'Nearly lost').focus();
    await laptop.page.keyboard.press('Delete');
    await task(phone.page, 'Nearly lost').waitFor({ state: 'detached' });
    await laptop.page.getByRole('button', { name: words.actions.undo }).click();
    await task(phone.page, 'Nearly lost').waitFor();
    await task(laptop.page, 'Nearly lost').waitFor();
  });
});
