// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { context } from '@/features/testing/context';
import { task } from '@/features/testing/tasks';

import { actions } from './all';
import type { KeyPress } from './keyboard';
import { isTyping, keyOf, press, SEQUENCE_MS } from './keyboard';

function key(name: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

describe('keys', () => {
  it.each([
    [key('c'), 'c'],
    [key('?', { shiftKey: true }), '?'],
    [key('ArrowDown', { shiftKey: true }), 'shift+ArrowDown'],
    [key('k', { metaKey: true }), 'mod+k'],
    [key('K', { ctrlKey: true, shiftKey: true }), 'mod+k'],
    [key('@', { altKey: true }), '@'],
  ])('have names', (pressed, name) => expect(keyOf(pressed)).toBe(name));
});

describe('pressing', () => {
  const at = context({ targets: [task()] });

  it('runs what can be done with that key', () => {
    expect(ran(press(actions, at, key('c'), 0, null))).toBe('task.complete');
    const done = context({ targets: [task({ status: 'done' })] });
    expect(ran(press(actions, done, key('c'), 0, null))).toBe('task.reopen');
    expect(ran(press(actions, context(), key('c'), 0, null))).toBeNull();
  });

  it('waits for the second key of two, but not for ever', () => {
    const first = press(actions, at, key('g'), 1000, null);
    if (first.kind !== 'wait') throw new Error('g is the first key of two');
    expect(ran(press(actions, at, key('t'), 1000 + SEQUENCE_MS, first.pressed))).toBe('general.go-today');
    expect(ran(press(actions, at, key('t'), 1001 + SEQUENCE_MS, first.pressed))).toBe('task.due-today');
  });

  it('leaves other keys to the browser', () => {
    expect(press(actions, at, key('r', { ctrlKey: true }), 0, null).kind).toBe('nothing');
    expect(press(actions, at, key('F5'), 0, null).kind).toBe('nothing');
  });
});

describe('typing', () => {
  it.each([
    ['<input />', true],
    ['<textarea></textarea>', true],
    ['<div contenteditable="true"></div>', true],
    ['<div role="menu"><button></button></div>', true],
    ['<input type="checkbox" />', false],
    ['<button></button>', false],
  ])('in %s', (html, typing) => {
    document.body.innerHTML = html;
    expect(isTyping(document.querySelector('input, textarea, button, [contenteditable]'))).toBe(typing);
  });
});

function ran(outcome: ReturnType<typeof press>): string | null {
  return outcome.kind === 'run' ? outcome.action.id : null;
}
