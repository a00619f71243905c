import { describe, expect, it } from 'vitest';

import { notification, snapshot, task } from '@/features/testing/tasks';

import { describeChanges } from './changes';

const milk = task({ id: 'milk', title: 'Buy milk' });
const before = snapshot({ tasks: [milk] });

describe('screen readers hear', () => {
  it.each([
    ['a new task', snapshot({ tasks: [milk, task({ title: 'Rent' })] }), 'New: Rent'],
    ['one that was done', snapshot({ tasks: [{ ...milk, status: 'done' }] }), 'Done: Buy milk'],
    ['one that was changed', snapshot({ tasks: [{ ...milk, title: 'Buy oat milk' }] }), 'Changed: Buy oat milk'],
    ['one that is gone', snapshot(), 'Deleted: Buy milk'],
    ['a reminder', snapshot({ tasks: [milk], notifications: [notification('Rent')] }), 'Reminder: Rent'],
    ['how many, when there are many', snapshot({ tasks: [milk, task(), task(), task()] }), '3 tasks have changed'],
  ])('%s', (_, after, text) => expect(describeChanges(before, after)).toBe(text));

  it('nothing when the server has only taken a change', () => {
    const taken = snapshot({ tasks: [{ ...milk, version: 2, pending: true }] });
    expect(describeChanges(before, taken)).toBeNull();
  });

  it('nothing when tasks were loaded', () => {
    expect(describeChanges({ ...snapshot(), loaded: false }, before)).toBeNull();
  });
});
