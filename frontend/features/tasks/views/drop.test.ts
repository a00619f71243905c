import { describe, expect, it } from 'vitest';

import { snapshot, task } from '@/features/testing/tasks';

import { dropOf } from './drop';
import { ofProject, upcoming } from './lists';

describe('dropping in the own order', () => {
  const tasks = [
    task({ id: 'a', order_key: 'A' }),
    task({ id: 'part', parent_id: 'a', order_key: 'B' }),
    task({ id: 'b', order_key: 'C' }),
  ];
  const list = ofProject(snapshot({ tasks }).tasks, null, false);

  it.each([
    ['a', 'b', { kind: 'order', place: { after: 'b' }, parentId: null }],
    ['b', 'a', { kind: 'order', place: { before: 'a' }, parentId: null }],
    ['b', 'part', { kind: 'order', place: { before: 'part' }, parentId: 'a' }],
    ['a', 'part', null],
    ['a', 'a', null],
    ['a', 'gone', null],
  ])('%s on %s', (dragged, over, drop) => expect(dropOf(list, dragged, over)).toEqual(drop));
});

describe('dropping on a day', () => {
  const due = (date: string) => ({ due: { date, timezone: 'UTC' } });
  const tasks = [
    task({ id: 'a', ...due('2026-11-23') }),
    task({ id: 'b', ...due('2026-11-23') }),
    task({ id: 'c', ...due('2026-11-25') }),
  ];
  const list = upcoming(snapshot({ tasks }).tasks, { now: Date.parse('2026-11-23T09:00:00Z'), zone: 'UTC' });

  it('makes it due on that day', () => {
    expect(dropOf(list, 'a', 'c')).toEqual({ kind: 'day', day: '2026-11-25' });
  });

  it('of its own changes nothing', () => expect(dropOf(list, 'a', 'b')).toBeNull());
});
