// Looks at a page as it stands: whether everybody can use it, and whether it fits.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** No violation of any rule that axe knows, by light and by dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectPainted(page, colorScheme);
    expect(await violations(page), `${new URL(page.url()).pathname}, ${colorScheme}`).toEqual([]);
  }
}

/** Waits until the page itself is light or dark. */
export async function expectPainted(page: Page, wanted: 'light' | 'dark'): Promise<void> {
  await page.waitForFunction((scheme) => {
    const [red = 255] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
    return document.documentElement.dataset.mantineColorScheme === scheme && red > 127 === (scheme === 'light');
  }, wanted);
}

async function violations(page: Page): Promise<string[]> {
  // Not by a script element, which the page's policy refuses.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
  });
}

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

/** Nothing sticks out to the right. */
export async function expectToFit(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content, `${new URL(page.url()).pathname} at ${screen} px`).toBeLessThanOrEqual(screen);
}
