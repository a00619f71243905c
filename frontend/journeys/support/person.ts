// A person in front of a browser of their own.
import { randomUUID } from 'node:crypto';

import type { Browser, BrowserContext, Page } from 'playwright-core';

import { signIn as words } from '@/words/sign-in';

import { Complaints } from './errors';
import { Network } from './network';
import { stack } from './stack';

export interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface Device {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export function newAccount(name = 'Ada Lovelace'): Account {
  return { name, email: `${randomUUID()}@example.com`, password: `secret ${randomUUID()}` };
}

export class Person {
  readonly complaints = new Complaints();

  private constructor(
    readonly context: BrowserContext,
    readonly network: Network,
    readonly page: Page,
  ) {}

  static async at(browser: Browser, { width = 1280, colorScheme = 'light' }: Device = {}): Promise<Person> {
    const network = await Network.start();
    const context = await browser.newContext({
      baseURL: stack.frontend,
      viewport: { width, height: 800 },
      colorScheme,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      // Also for this machine's own addresses, which a browser reaches without a proxy otherwise.
      proxy: { server: network.address, bypass: '<-loopback>' },
    });
    context.setDefaultTimeout(15_000);
    const person = new Person(context, network, await context.newPage());
    person.complaints.listenTo(person.page);
    context.on('page', (page) => person.complaints.listenTo(page));
    return person;
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.network.close();
  }

  async signUp(account: Account): Promise<void> {
    await this.page.goto('/sign-up');
    await this.fill(words.name, account.name);
    await this.fill(words.email, account.email);
    await this.fill(words.password, account.password);
    await this.press(words.signUp.submit);
  }

  async signIn({ email, password }: Pick<Account, 'email' | 'password'>): Promise<void> {
    await this.page.goto('/sign-in');
    await this.fill(words.email, email);
    await this.fill(words.password, password);
    await this.press(words.signIn.submit);
  }

  async fill(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Signed up, and in front of today's list. */
  async join(account: Account = newAccount()): Promise<Account> {
    await this.signUp(account);
    await this.arrive();
    return account;
  }

  /** The list of today is what one lands on. */
  async arrive(path = '/today'): Promise<void> {
    await this.page.waitForURL((url) => url.pathname === path);
  }

  /** Status of an answer to a request that the page makes by itself. */
  async statusOf(path: string): Promise<number> {
    return this.page.evaluate(async (address) => (await fetch(address)).status, path);
  }
}
