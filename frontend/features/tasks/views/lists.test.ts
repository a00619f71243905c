import { describe, expect, it } from 'vitest';

import { snapshot, task } from '@/features/testing/tasks';
import type { LiveTask } from '@/live/live';

import type { TaskList } from './lists';
import { all, found, isOverdue, ofProject, partsOf, today, upcoming } from './lists';

const BERLIN = 'Europe/Berlin';

function at(datetime: string, timezone = BERLIN): Partial<LiveTask> {
  return { due: { datetime, timezone } };
}

function on(date: string, timezone = BERLIN): Partial<LiveTask> {
  return { due: { date, timezone } };
}

function told(list: TaskList): Record<string, string[]> {
  const entries = list.groups.map(({ key, rows }) => [
    key,
    rows.map((row) => `${'-'.repeat(row.depth)}${row.task.title}`),
  ]);
  return Object.fromEntries(entries) as Record<string, string[]>;
}

function tasks(...list: LiveTask[]) {
  return snapshot({ tasks: list }).tasks;
}

describe('today', () => {
  const clock = { now: Date.parse('2026-11-23T09:00:00Z'), zone: BERLIN };

  it('has what is overdue and what is due today, soonest first, then the most urgent', () => {
    const list = tasks(
      task({ title: 'tomorrow', ...on('2026-11-24') }),
      task({ title: 'whole day', ...on('2026-11-23') }),
      task({ title: 'evening', ...at('2026-11-23T18:00:00') }),
      task({ title: 'evening, urgent', priority: 'high', ...at('2026-11-23T18:00:00') }),
      task({ title: 'an hour ago', ...at('2026-11-23T09:00:00') }),
      task({ title: 'yesterday', ...on('2026-11-22') }),
      task({ title: 'done', status: 'done', ...on('2026-11-23') }),
      task({ title: 'never due' }),
    );
    expect(told(today(list, clock))).toEqual({
      overdue: ['yesterday'],
      '2026-11-23': ['an hour ago', 'evening, urgent', 'evening', 'whole day'],
    });
  });

  it('is the day of the person, not of the task', () => {
    const early = tasks(task({ title: 'early in Tokyo', ...at('2026-11-24T05:00:00', 'Asia/Tokyo') }));
    expect(told(today(early, clock))).toEqual({ '2026-11-23': ['early in Tokyo'] });
    expect(told(today(early, { ...clock, zone: 'Asia/Tokyo' }))).toEqual({});
  });

  it('begins at midnight, also on the day on which the clocks change', () => {
    const list = tasks(
      task({ title: 'Sunday', ...on('2026-03-29') }),
      task({ title: 'night', ...at('2026-03-29T02:30:00') }),
    );
    const justBefore = { now: Date.parse('2026-03-28T22:59:00Z'), zone: BERLIN };
    const justAfter = { now: Date.parse('2026-03-28T23:01:00Z'), zone: BERLIN };
    const lastMinute = { now: Date.parse('2026-03-29T21:59:00Z'), zone: BERLIN };
    const monday = { now: Date.parse('2026-03-29T22:01:00Z'), zone: BERLIN };
    expect(told(today(list, justBefore))).toEqual({});
    expect(told(today(list, justAfter))).toEqual({ '2026-03-29': ['night', 'Sunday'] });
    expect(told(today(list, lastMinute))).toEqual({ '2026-03-29': ['night', 'Sunday'] });
    expect(told(today(list, monday))).toEqual({ overdue: ['night', 'Sunday'] });
  });

  it('calls a whole day overdue only when it is over', () => {
    const whole = task(on('2026-11-23'));
    expect(isOverdue(whole, clock)).toBe(false);
    expect(isOverdue(whole, { ...clock, now: Date.parse('2026-11-23T23:00:01Z') })).toBe(true);
  });
});

describe('upcoming', () => {
  it('goes day by day from today on', () => {
    const clock = { now: Date.parse('2026-11-23T09:00:00Z'), zone: BERLIN };
    const list = tasks(
      task({ title: 'Christmas', ...on('2026-12-24') }),
      task({ title: 'tonight', ...at('2026-11-23T20:00:00') }),
      task({ title: 'yesterday', ...on('2026-11-22') }),
      task({ title: 'late in New York', ...at('2026-11-23T23:00:00', 'America/New_York') }),
    );
    const expected = { '2026-11-23': ['tonight'], '2026-11-24': ['late in New York'], '2026-12-24': ['Christmas'] };
    expect(told(upcoming(list, clock))).toEqual(expected);
  });
});

describe('a project', () => {
  const home = 'home';

  it('is in the order of the person, with parts below their whole', () => {
    const whole = task({ title: 'paint', project_id: home, order_key: 'B' });
    const list = tasks(
      task({ title: 'buy colour', project_id: home, parent_id: whole.id, order_key: 'A' }),
      whole,
      task({ title: 'first', project_id: home, order_key: 'A' }),
      task({ title: 'elsewhere' }),
      task({ title: 'part of something done', project_id: home, parent_id: 'gone', order_key: 'C' }),
    );
    expect(told(ofProject(list, home, false))).toEqual({
      open: ['first', 'paint', '-buy colour', 'part of something done'],
    });
    expect(told(ofProject(list, null, false))).toEqual({ open: ['elsewhere'] });
  });

  it('loses no task of a circle of parts', () => {
    const list = tasks(task({ id: 'a', title: 'a', parent_id: 'b' }), task({ id: 'b', title: 'b', parent_id: 'a' }));
    expect(told(ofProject(list, null, false))).toEqual({ open: ['a', 'b'] });
  });
});

describe('other lists', () => {
  it('show what is done only when asked, what was done last first', () => {
    const list = tasks(
      task({ title: 'open' }),
      task({ title: 'first', status: 'done', completed_at: '2026-11-20T08:00:00Z' }),
      task({ title: 'last', status: 'skipped', completed_at: '2026-11-21T08:00:00Z' }),
    );
    expect(told(all(list, false))).toEqual({ open: ['open'] });
    expect(told(all(list, true))).toEqual({ open: ['open'], done: ['last', 'first'] });
  });

  it('keep the order in which the server found tasks, without those that are gone', () => {
    const list = tasks(task({ id: 'a', title: 'a' }), task({ id: 'b', title: 'b' }));
    expect(told(found(list, ['b', 'gone', 'a']))).toEqual({ found: ['b', 'a'] });
  });

  it('count the parts of a task and those that are closed', () => {
    const list = tasks(task({ parent_id: 'w' }), task({ parent_id: 'w', status: 'done' }), task());
    expect([...partsOf(list)]).toEqual([['w', { closed: 1, all: 2 }]]);
  });
});
