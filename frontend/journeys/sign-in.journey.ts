// Up, out, in, and what happens to those who guess.
import { describe, expect } from 'vitest';

import { signIn as words } from '@/words/sign-in';

import { journey, withBrowser } from './support/journey';
import { newAccount } from './support/person';

const REFUSED = /the server responded with a status of (401|429)/;

withBrowser();

describe('signing in', () => {
  journey('up, out and in again', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    await ada.signUp(account);
    await ada.arrive();
    expect(await ada.statusOf('/api/auth/token')).toBe(200);

    const [cookie] = await ada.context.cookies();
    expect(cookie).toMatchObject({ name: '__Host-taskwire.session', httpOnly: true, secure: true, sameSite: 'Lax' });
    expect(await ada.page.evaluate(() => document.cookie)).toBe('');

    const second = await meet();
    await second.signIn(account);
    await second.arrive();
  });

  journey('who is signed in does not see the way in', async ({ meet }) => {
    const ada = await meet();
    await ada.signUp(newAccount());
    await ada.arrive();
    for (const path of ['/sign-in', '/sign-up', '/forgot-password']) {
      await ada.page.goto(path);
      await ada.arrive();
    }
  });

  journey('the way back leads to a page of ours, never elsewhere', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    await ada.signUp(account);
    await ada.arrive();
    await ada.page.goto('/sign-in?next=https://evil.example/');
    await ada.arrive();
    await ada.page.goto('/sign-in?next=//evil.example');
    await ada.arrive();
  });

  journey('a wrong password is told in words, and after too many the wait', async ({ meet }) => {
    const account = newAccount();
    const owner = await meet();
    await owner.signUp(account);
    await owner.arrive();

    const guesser = await meet();
    guesser.complaints.expect(REFUSED);
    const alert = guesser.page.getByRole('alert').filter({ hasText: /\S/ });
    await guesser.signIn({ email: account.email, password: 'guess number 1' });
    await alert.getByText(words.failed.credentials).waitFor();
    for (let guess = 2; guess <= 6; guess++) {
      await guesser.fill(words.password, `guess number ${guess}`);
      const answer = guesser.page.waitForResponse('**/api/auth/sign-in/email');
      await guesser.press(words.signIn.submit);
      expect((await answer).status()).toBe(guess <= 5 ? 401 : 429);
    }
    await alert.getByText(/Try again in \d+ seconds/).waitFor();
    expect(new URL(guesser.page.url()).pathname).toBe('/sign-in');
  });

  journey('what is missing is said at its field, and the first of it gets the focus', async ({ meet }) => {
    const ada = await meet();
    await ada.page.goto('/sign-up');
    await ada.press(words.signUp.submit);
    await ada.page.getByText(words.missing.name).waitFor();
    await ada.page.getByText(words.missing.email).waitFor();
    await ada.page.getByText(words.failed.short).waitFor();
    const name = ada.page.getByLabel(words.name, { exact: true });
    expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await name.getAttribute('aria-invalid')).toBe('true');
  });

  journey('an address that is taken is said at its field', async ({ meet }) => {
    const account = newAccount();
    const [first, second] = [await meet(), await meet()];
    await first.signUp(account);
    await first.arrive();
    second.complaints.expect(/status of 422/);
    await second.signUp(account);
    await second.page.getByText(words.failed.taken).waitFor();
  });

  journey('with the keyboard alone', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    const { keyboard } = ada.page;
    await ada.page.goto('/sign-up');
    await ada.page.getByRole('button', { name: words.signUp.submit, disabled: false }).waitFor();
    for (const text of [account.name, account.email, account.password]) {
      await keyboard.press('Tab');
      await keyboard.type(text);
    }
    await keyboard.press('Tab');
    await keyboard.press('Space');
    expect(await ada.page.getByLabel(words.password, { exact: true }).getAttribute('type')).toBe('text');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await ada.arrive();
  });

  journey('a session that ended elsewhere ends here', async ({ meet }) => {
    const account = newAccount();
    const [laptop, phone] = [await meet(), await meet({ width: 360 })];
    await laptop.signUp(account);
    await laptop.arrive();
    await phone.signIn(account);
    await phone.arrive();
    const revoked = await laptop.page.evaluate(async () => {
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch('/api/auth/revoke-sessions', { method: 'POST', headers, body: '{}' })).status;
    });
    expect(revoked).toBe(200);
    phone.complaints.expect(REFUSED);
    expect(await phone.statusOf('/api/auth/token')).toBe(401);
    await phone.page.goto('/sign-in');
    await phone.page.getByRole('heading', { name: words.signIn.title }).waitFor();
  });

  journey('without a network the form says so, and works when it is back', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    await ada.page.goto('/sign-up');
    await ada.fill(words.name, account.name);
    await ada.fill(words.email, account.email);
    await ada.fill(words.password, account.password);
    ada.complaints.expect(/net::ERR_/);
    ada.network.cut();
    await ada.press(words.signUp.submit);
    await ada.page.getByText(words.failed.network).waitFor();
    ada.network.mend();
    await ada.press(words.signUp.submit);
    await ada.arrive();
  });
});
