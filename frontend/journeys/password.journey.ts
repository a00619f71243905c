// By mail: confirming an address, and a new password.
import { describe, expect } from 'vitest';

import { signIn as words } from '@/words/sign-in';

import { journey, withBrowser } from './support/journey';
import { linkTo } from './support/mail';
import { newAccount } from './support/person';

withBrowser();

describe('by mail', () => {
  journey('an address is confirmed by a press, not by opening the link', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    await ada.signUp(account);
    await ada.arrive();
    await ada.page.goto(await linkTo(account.email, '/verify-email'));
    await ada.press(words.verify.submit);
    await ada.page.getByRole('heading', { name: words.verify.doneTitle }).waitFor();
  });

  journey('a new password is set, and ends what is signed in', async ({ meet }) => {
    const account = newAccount();
    const [laptop, phone] = [await meet(), await meet({ width: 360 })];
    await laptop.signUp(account);
    await laptop.arrive();

    await phone.page.goto('/sign-in');
    await phone.page.getByRole('link', { name: words.signIn.forgot }).click();
    await phone.page.getByRole('heading', { name: words.forgot.title }).waitFor();
    await phone.fill(words.email, account.email);
    await phone.press(words.forgot.submit);
    await phone.page.getByRole('heading', { name: words.forgot.sentTitle }).waitFor();

    const link = await linkTo(account.email, '/reset-password');
    await phone.page.goto(link);
    await phone.fill(words.newPassword, 'too short');
    await phone.press(words.reset.submit);
    await phone.page.getByText(words.failed.short, { exact: true }).waitFor();
    const password = `${account.password} anew`;
    await phone.fill(words.newPassword, password);
    await phone.press(words.reset.submit);
    await phone.page.getByRole('heading', { name: words.reset.doneTitle }).waitFor();

    laptop.complaints.expect(/status of 401/);
    expect(await laptop.statusOf('/api/auth/token')).toBe(401);
    await phone.signIn({ email: account.email, password });
    await phone.arrive();
  });

  journey('a link is good once', async ({ meet }) => {
    const account = newAccount();
    const ada = await meet();
    await ada.signUp(account);
    await ada.arrive();
    const other = await meet();
    other.complaints.expect(/status of 400/);
    await other.page.goto('/forgot-password');
    await other.fill(words.email, account.email);
    await other.press(words.forgot.submit);
    await other.page.getByRole('heading', { name: words.forgot.sentTitle }).waitFor();
    const link = await linkTo(account.email, '/reset-password');
    for (const outcome of [
      other.page.getByRole('heading', { name: words.reset.doneTitle }),
      other.page.getByText(words.failed.link),
    ]) {
      await other.page.goto(link);
      await other.fill(words.newPassword, `${account.password} anew`);
      await other.press(words.reset.submit);
      await outcome.waitFor();
    }
  });

  journey('somebody without an account is told the same', async ({ meet }) => {
    const nobody = newAccount();
    const guest = await meet();
    await guest.page.goto('/forgot-password');
    await guest.fill(words.email, nobody.email);
    await guest.press(words.forgot.submit);
    await guest.page.getByText(words.forgot.sent(nobody.email)).waitFor();
  });
});
