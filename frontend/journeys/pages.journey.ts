// The pages of people who are not signed in: for everybody, on every screen, within their policy.
import { describe, expect } from 'vitest';

import { journey, withBrowser } from './support/journey';
import { expectAccessible, expectToFit } from './support/look';
import { screenshot } from './support/screenshots';

const PAGES = [
  '/sign-in',
  '/sign-in?error=access_denied',
  '/sign-up',
  '/forgot-password',
  '/reset-password',
  '/reset-password?token=x',
  '/verify-email',
  '/verify-email?token=x',
];

withBrowser();

describe('the pages of guests', () => {
  journey('have no violation that axe finds, light and dark', async ({ meet }) => {
    const guest = await meet();
    for (const path of PAGES) {
      await guest.page.goto(path);
      await guest.page.getByRole('heading', { level: 1 }).waitFor();
      await expectAccessible(guest.page);
    }
  });

  journey('fit on a screen of 360 px, with their errors too', async ({ meet }) => {
    const guest = await meet({ width: 360 });
    for (const path of PAGES) {
      await guest.page.goto(path);
      await expectToFit(guest.page);
    }
    await guest.page.goto('/sign-up');
    await guest.press('Sign up');
    await guest.page.getByText('Write your name.').waitFor();
    await expectToFit(guest.page);
    await expectAccessible(guest.page);
  });

  journey('carry a policy with a new nonce each time, and keep to it', async ({ meet }) => {
    const guest = await meet();
    const nonces = new Set<string>();
    for (const path of PAGES) {
      const answer = await guest.page.goto(path);
      const policy = answer?.headers()['content-security-policy'] ?? '';
      nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none');
      expect(policy).not.toContain("script-src 'unsafe-inline'");
    }
    expect(nonces.size).toBe(PAGES.length);
    // What breaks the policy is an error on the console, which fails this journey.
  });

  journey('run no script that came in by the address', async ({ meet }) => {
    const guest = await meet();
    const attack = '"><script>window.broken=1</script><img src=x onerror="window.broken=1">';
    for (const path of ['/sign-in?next=', '/sign-in?error=', '/reset-password?token=', '/verify-email?token=']) {
      await guest.page.goto(path + encodeURIComponent(attack));
      await guest.page.getByRole('heading', { level: 1 }).waitFor();
      expect(await guest.page.evaluate(() => 'broken' in window)).toBe(false);
    }
  });

  journey('look like this', async ({ meet }) => {
    const guest = await meet();
    await guest.page.goto('/sign-in');
    await guest.page.getByRole('button', { name: 'Sign in', disabled: false }).waitFor();
    await screenshot(guest.page, 'sign-in');
    expect(await guest.page.title()).toBe('Sign in · Taskwire');
  });
});
