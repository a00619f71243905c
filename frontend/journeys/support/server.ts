// What the services say, asked with the person's own token.
import type { Page } from 'playwright-core';
import { z } from 'zod';

import { stack } from './stack';

const Token = z.object({ token: z.string() });
const Tasks = z.object({
  items: z.array(z.object({ id: z.string(), title: z.string(), status: z.string() })),
  next_cursor: z.string().nullish(),
});

export type ServerTask = z.infer<typeof Tasks>['items'][number];

async function token(page: Page): Promise<string> {
  return Token.parse(JSON.parse(await page.evaluate(async () => (await fetch('/api/auth/token')).text()))).token;
}

/** All tasks of the person at this page, whatever their status. */
export async function tasksOf(page: Page): Promise<ServerTask[]> {
  const headers = { Authorization: `Bearer ${await token(page)}` };
  const all: ServerTask[] = [];
  let cursor: string | null | undefined;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
    const answer = await fetch(`${stack.api}/v1/tasks?${query.toString()}`, { headers });
    const { items, next_cursor } = Tasks.parse(await answer.json());
    all.push(...items);
    cursor = next_cursor;
  } while (cursor);
  return all;
}

export async function createTask(page: Page, title: string): Promise<void> {
  const headers = { Authorization: `Bearer ${await token(page)}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${stack.api}/v1/tasks`, { method: 'POST', headers, body: JSON.stringify({ title }) });
  if (!answer.ok) throw new Error(`a task was refused: ${await answer.text()}`);
}
