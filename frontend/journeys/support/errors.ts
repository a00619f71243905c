// What a page complains about. A journey fails on everything that it did not say before it would see.
import type { Page } from 'playwright-core';

export class Complaints {
  private readonly heard: string[] = [];
  private readonly expected: RegExp[] = [];

  listenTo(page: Page): void {
    page.on('console', (message) => {
      if (message.type() === 'error') this.heard.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.heard.push(error.stack ?? error.message));
    page.on('crash', () => this.heard.push('the page crashed'));
  }

  /** Belongs to what the journey does, like the 401 after a wrong password. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  unexpected(): string[] {
    return this.heard.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}
