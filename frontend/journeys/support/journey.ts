// A test in a browser: as many people as it needs, and at its end nobody's page has complained.
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launch } from './browser';
import { type Device, Person } from './person';
import { temporaryFolder } from './stack';

export type Meet = (device?: Device) => Promise<Person>;

let browser: Browser | undefined;

/** Call once at the top of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
}

export const journey = test.extend<{ meet: Meet }>({
  meet: async ({ task }, provide) => {
    const met: Person[] = [];
    await provide(async (device) => {
      if (browser === undefined) throw new Error('call withBrowser() at the top of the file');
      const person = await Person.at(browser, device);
      met.push(person);
      return person;
    });
    if (task.result?.state === 'fail') await Promise.all(met.map((person, index) => picture(person, task.name, index)));
    const complaints = met.flatMap((person) => person.complaints.unexpected());
    await Promise.all(met.map((person) => person.close()));
    expect(complaints, 'what pages complained about').toEqual([]);
  },
});

/** What a person saw when their journey failed, in each tab, for who looks for the reason. */
async function picture({ context }: Person, name: string, index: number): Promise<void> {
  const file = join(temporaryFolder(), 'failed', `${name.replace(/\W+/g, '-')}-${index}`);
  const taken = context.pages().map((page, tab) => page.screenshot({ path: `${file}-${tab}.png` }));
  await Promise.allSettled(taken);
}
