import { describe, expect, it } from 'vitest';

import { words } from './en';
import { listed } from './plural';

describe('words', () => {
  it.each([
    [0, '0 changes waiting'],
    [1, '1 change waiting'],
    [1234, '1,234 changes waiting'],
  ])('go with the number %i', (count, text) => expect(words.live.waiting(count)).toBe(text));

  it('name one task and count several', () => {
    expect(words.actions.completed(['Buy milk'])).toBe('Completed “Buy milk”');
    expect(words.actions.completed(['a', 'b', 'c'])).toBe('Completed 3 tasks');
  });

  it.each([
    [0, '0 min'],
    [45, '45 min'],
    [60, '1 h'],
    [90, '1 h 30 min'],
  ])('tell %i minutes as people do', (minutes, text) => expect(words.task.minutes(minutes)).toBe(text));

  it('join lists', () => expect(listed(['Monday', 'Tuesday', 'Friday'])).toBe('Monday, Tuesday and Friday'));

  it('are all there', () => {
    for (const [path, text] of texts(words)) expect(text.trim(), path).not.toBe('');
  });
});

function texts(node: object, path = ''): [string, string][] {
  return Object.entries(node).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    if (typeof value === 'string') return [[`${path}.${name}`, value]];
    return typeof value === 'object' && value !== null ? texts(value, `${path}.${name}`) : [];
  });
}
