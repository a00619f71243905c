// A token lives ten minutes; a page that stays open gets new ones, and nobody notices.
import { describe, expect } from 'vitest';

import { journey, withBrowser } from './support/journey';
import { expectLive, quickAdd, show, task } from './support/tasks';

withBrowser();

describe('tokens', () => {
  journey('are renewed during use', async ({ meet }) => {
    const ada = await meet();
    await ada.page.clock.install();
    await ada.join();
    await expectLive(ada.page);
    await show(ada.page, 'all');
    await quickAdd(ada.page, 'With the first token');
    await task(ada.page, 'With the first token').waitFor();

    const renewed = ada.page.waitForResponse('**/api/auth/token');
    await ada.page.clock.fastForward('09:30');
    expect((await renewed).status()).toBe(200);
    await quickAdd(ada.page, 'With the second token');
    await task(ada.page, 'With the second token').waitFor();
    await expectLive(ada.page);
  });

  journey('are kept in memory alone', async ({ meet }) => {
    const ada = await meet();
    await ada.join();
    await expectLive(ada.page);
    const token = await ada.page.evaluate(async () => (await fetch('/api/auth/token')).text());
    const begin = /"token":"([^.]+\.)/.exec(token)?.[1] ?? 'no token';
    expect(begin).not.toBe('no token');
    const kept = await ada.page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]),
    );
    expect(kept).not.toContain(begin);
    expect(kept).not.toContain('eyJ');
    const caches = await ada.page.evaluate(async () => {
      const names = await window.caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await window.caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(caches.filter((path) => path.startsWith('/api/'))).toEqual([]);
  });
});
