// One Chromium for a file of journeys: an installed one where CHROMIUM says which, else that of the npm package.
import { chromium as playwright } from 'playwright-core';

import { temporaryFolder } from './stack';

export async function launch() {
  process.env.TMPDIR = temporaryFolder();
  return playwright.launch({
    executablePath: process.env.CHROMIUM ?? (await unpacked()),
    // The package's own arguments switch the same-origin policy off, and end with service workers.
    args: ['--no-sandbox', '--no-zygote'],
  });
}

async function unpacked(): Promise<string> {
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}
