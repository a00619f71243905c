import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { fetchedOf, frameOf } from './wire';

const DOCUMENT = readFileSync(new URL('../../docs/REALTIME.md', import.meta.url), 'utf8');
const EXAMPLES = [...DOCUMENT.matchAll(/```json from-gateway (.+)\n([^`]+)```/g)].map(
  ([, name = '', text = '']) => [name, text] as const,
);

test('the document has its examples', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(12);
});

test.each(EXAMPLES)('%s is understood as docs/REALTIME.md has it', (name, text) => {
  const frame = frameOf(text);
  const [is, kind = ''] = name.split(' ');
  expect(frame.is).toBe(is);
  if (frame.is === 'event') {
    const [of, what] = kind.split('-');
    expect(frame.event.told?.kind ?? 'refresh').toBe(of);
    expect(frame.event.told?.deleted ?? false).toBe(what === 'deleted');
    expect(frame.event.isRefresh).toBe(kind === 'refresh');
  }
});

test('of a kind that is not known the position counts', () => {
  const event = { id: 'e', kind: 'board.created', board: { id: 'b', version: 1, position: 4 } };
  const frame = frameOf(JSON.stringify({ type: 'event', stream: 'tasks', epoch: 1, position: 4, event }));
  expect(frame).toMatchObject({ is: 'event', event: { at: { epoch: 1, position: 4 }, told: null } });
});

test('a stream or a message that is not known is left alone', () => {
  expect(frameOf(JSON.stringify({ type: 'news' }))).toEqual({ is: 'unknown' });
  const event = { type: 'event', stream: 'boards', epoch: 1, position: 4, event: {} };
  expect(frameOf(JSON.stringify(event))).toEqual({ is: 'unknown' });
});

test.each(['', '[]', '{"type":"event","stream":"tasks","epoch":1}', '{"type":"connected"}'])(
  '%j is refused',
  (text) => {
    expect(() => frameOf(text)).toThrow();
  },
);

test('a tombstone of a sync has nothing but its id', () => {
  const item = { type: 'tag', id: 't', version: 3, position: 9, deleted: true, tag: null };
  const { page, next } = fetchedOf('tasks', {
    items: [item],
    next_cursor: 'c',
    position: 9,
    epoch: 2,
    full_resync: false,
  });
  expect(page.items).toEqual([{ kind: 'tag', id: 't', version: 3, position: 9, deleted: true, body: null }]);
  expect(next).toBe('c');
});

test('settings are known by one id, a notification by its position', () => {
  const settings = { id: 'x', version: 2, position: 8, default_reminders: [], first_day_of_week: 'monday' };
  const item = { type: 'settings', id: 'x', version: 2, position: 8, deleted: false, settings };
  const body = { items: [item], next_cursor: null, position: 8, epoch: 1, full_resync: true };
  expect(fetchedOf('tasks', body).page.items[0]).toMatchObject({ kind: 'settings', id: 'settings', version: 2 });

  const one = { id: 'n', position: 4, title: 'Water', fired_at: '2026-12-01T08:00:00Z' };
  expect(fetchedOf('notifications', { ...body, items: [one] }).page.items[0]).toMatchObject({ id: 'n', version: 4 });
});
