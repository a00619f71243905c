// The mails of the local stack: it has no SMTP server, so they are in the log of the front end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { stack } from './stack';

/** The path that the newest mail to this address with this path in it leads to. */
export async function linkTo(email: string, path: string): Promise<string> {
  let link: string | undefined;
  await expect
    .poll(() => (link = newest(email, path)), { message: `a mail to ${email} with ${path}`, timeout: 10_000 })
    .toBeDefined();
  return link ?? '';
}

function newest(email: string, path: string): string | undefined {
  const mails = readFileSync(join(stack.folder, 'logs/frontend.log'), 'utf8').split(`mail to ${email} `).slice(1);
  const links = mails.map((mail) => /https?:\/\/\S+/.exec(mail)?.[0] ?? '').filter((link) => link.includes(path));
  return links.at(-1)?.slice(stack.frontend.length);
}
