import { describe, expect, it, vi } from 'vitest';

import { changes, context } from '@/features/testing/context';
import { snapshot, task } from '@/features/testing/tasks';

import { ofProject } from '../views/lists';
import type { ActionContext, Done } from './action';
import { actions } from './all';
import { dueToday, dueTomorrow, edit, priorities } from './edit';
import { complete, remove, reopen, skip } from './finish';
import { undo } from './general';
import { down, up } from './order';
import { between, next, selectNext } from './select';

describe('all actions', () => {
  it('have an id of their own', () => {
    const ids = actions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('share a shortcut only where one or the other can be done', () => {
    const open = context({ targets: [task({ series_id: 's' })], cursor: 'a', selected: new Set(['a']), canUndo: true });
    const done = context({ targets: [task({ status: 'done' })] });
    for (const situation of [open, done]) {
      const keys = actions.filter((action) => action.when(situation)).flatMap(({ shortcuts }) => shortcuts);
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    }
  });
});

describe('when', () => {
  const open = task();
  const done = task({ status: 'done' });
  const recurring = task({ series_id: 's' });
  it.each([
    ['complete: an open one', complete, [open], true],
    ['complete: open and done ones', complete, [open, done], true],
    ['complete: done ones', complete, [done], false],
    ['complete: nothing', complete, [], false],
    ['reopen: done ones', reopen, [done], true],
    ['reopen: open and done ones', reopen, [open, done], false],
    ['skip: a recurring one', skip, [recurring], true],
    ['skip: one that does not recur', skip, [open], false],
    ['edit: one', edit, [open], true],
    ['edit: two', edit, [open, done], false],
    ['due today: one that is', dueToday, [task({ due: { date: '2026-11-23', timezone: 'UTC' } })], false],
    ['due today: one that is not', dueToday, [open], true],
  ])('%s', (_, action, targets, possible) => expect(action.when(context({ targets }))).toBe(possible));
});

describe('completing', () => {
  it('leaves alone what is closed, and undo opens again just what it closed', async () => {
    const targets = [task({ id: 'a', title: 'Buy milk' }), task({ id: 'b', status: 'done' })];
    const at = context({ targets });
    await complete.run(at);
    expect(at.live.completeTask).toHaveBeenCalledExactlyOnceWith('a');
    const done = offered(at);
    expect(done.text).toBe('Completed “Buy milk”');
    await done.undo();
    expect(at.live.reopenTask).toHaveBeenCalledExactlyOnceWith('a');
  });

  it('offers no undo for what could not be kept', async () => {
    const full = { ...changes(), completeTask: () => Promise.reject(new Error('no room')) };
    const at = context({ targets: [task()], live: full });
    await expect(complete.run(at)).rejects.toThrow('no room');
    expect(at.screen.offerUndo).not.toHaveBeenCalled();
  });
});

describe('deleting', () => {
  it('asks which ones are meant when a task recurs', async () => {
    const at = context({ targets: [task({ id: 'a', series_id: 's' }), task({ id: 'b' })] });
    await remove.run(at);
    expect(at.screen.open).toHaveBeenCalledWith({ kind: 'delete-scope', taskIds: ['a', 'b'] });
    expect(at.live.deleteTask).not.toHaveBeenCalled();
  });

  it('is undone by restoring', async () => {
    const at = context({ targets: [task({ id: 'a' })] });
    await remove.run(at);
    await offered(at).undo();
    expect(at.live.restoreTask).toHaveBeenCalledExactlyOnceWith('a');
  });
});

describe('rescheduling', () => {
  it('keeps the time of day, and is undone to the time before', async () => {
    const due = { datetime: '2026-11-20T18:30:00', timezone: 'America/New_York' };
    const at = context({ targets: [task({ id: 'a', due })] });
    await dueTomorrow.run(at);
    const moved = { due: { datetime: '2026-11-24T18:30:00', timezone: 'America/New_York' }, allow_past_due: true };
    expect(at.live.editTask).toHaveBeenLastCalledWith('a', moved, undefined);
    await offered(at).undo();
    expect(at.live.editTask).toHaveBeenLastCalledWith('a', { due, allow_past_due: true }, undefined);
  });

  it('of an occurrence is for this one alone', async () => {
    const at = context({ targets: [task({ id: 'a', series_id: 's' })] });
    await dueToday.run(at);
    const today = { due: { date: '2026-11-23', timezone: 'Europe/Berlin' }, allow_past_due: true };
    expect(at.live.editTask).toHaveBeenCalledWith('a', today, 'this');
  });
});

describe('a priority', () => {
  it('is given to those that have another one, and each gets its own back', async () => {
    const [critical] = priorities;
    const targets = [task({ id: 'a', priority: 'low' }), task({ id: 'b', priority: 'critical' }), task({ id: 'c' })];
    const at = context({ targets });
    await critical?.run(at);
    await offered(at).undo();
    const calls = vi.mocked(at.live.editTask).mock.calls.map(([id, patch]) => [id, patch.priority]);
    expect(calls).toEqual([
      ['a', 'critical'],
      ['c', 'critical'],
      ['a', 'low'],
      ['c', 'normal'],
    ]);
  });
});

describe('moving in the own order', () => {
  const tasks = [
    task({ id: 'a', order_key: 'A' }),
    task({ id: 'part', parent_id: 'a', order_key: 'B' }),
    task({ id: 'b', order_key: 'C' }),
  ];
  const list = ofProject(snapshot({ tasks }).tasks, null, false);
  const at = (id: string) => context({ list, targets: tasks.filter((each) => each.id === id) });

  it('goes past the next one of the same level', async () => {
    const here = at('a');
    await down.run(here);
    expect(here.live.moveTask).toHaveBeenCalledWith('a', { after: 'b' });
  });

  it('ends at the ends, and never leaves the whole', () => {
    expect(up.when(at('a'))).toBe(false);
    expect(down.when(at('b'))).toBe(false);
    expect(down.when(at('part'))).toBe(false);
    expect(up.when(at('b'))).toBe(true);
  });
});

describe('the cursor', () => {
  const tasks = ['a', 'b', 'c'].map((id) => task({ id, order_key: id }));
  const list = ofProject(snapshot({ tasks }).tasks, null, false);

  it.each([
    [null, 'a'],
    ['a', 'b'],
    ['c', 'c'],
    ['gone', 'a'],
  ])('goes from %s to %s', (cursor, to) => {
    const at = context({ list, cursor });
    void next.run(at);
    expect(at.screen.moveTo).toHaveBeenCalledWith(to);
  });

  it('takes the selection along', () => {
    const at = context({ list, cursor: 'a' });
    void selectNext.run(at);
    expect(at.screen.select).toHaveBeenCalledWith(new Set(['a', 'b']));
  });

  it('selects all between two rows, in either direction', () => {
    expect(between(list, 'c', 'a')).toEqual(['a', 'b', 'c']);
    expect(between(list, 'gone', 'b')).toEqual(['b']);
  });
});

it('undo is there when something was done', () => {
  expect(undo.when(context())).toBe(false);
  expect(undo.when(context({ canUndo: true }))).toBe(true);
});

function offered(at: ActionContext): Done {
  const done = vi.mocked(at.screen.offerUndo).mock.lastCall?.[0];
  if (done === undefined) throw new Error('no undo was offered');
  return done;
}
