import { expect, test } from 'vitest';

import { takeAnswer, takeEvent, takeEvents, takePages } from './confirmed';
import type { StreamEvent } from './confirmed';
import { EMPTY, apply, get } from './state';
import type { State } from './state';
import { holding, task, told } from './testing/make';

function event(position: number, parts: Partial<StreamEvent> = {}): StreamEvent {
  return { stream: 'tasks', at: { epoch: 1, position }, isRefresh: false, told: null, ...parts };
}

function titleOf(state: State, id: string): string | undefined {
  return get(state.confirmed, 'task', id)?.body?.title;
}

const before = holding(7, told('task', task({ id: 'a', version: 3, position: 7, title: 'third' })));

test('an event that follows is taken, and its position counts although it tells of nothing known', () => {
  const newer = told('task', task({ id: 'a', version: 4, position: 8, title: 'fourth' }));
  const { delta, taken } = takeEvents(before.confirmed, [event(8, { told: newer }), event(9)]);
  const after = apply(before, delta);
  expect(taken).toBe(2);
  expect(titleOf(after, 'a')).toBe('fourth');
  expect(after.confirmed.streams.tasks).toEqual({ epoch: 1, position: 9 });
});

test('an event that is known already changes nothing', () => {
  const older = told('task', task({ id: 'a', version: 2, position: 6, title: 'second' }));
  expect(takeEvent(before.confirmed, event(6, { told: older }))).toEqual({});
});

test('what cannot be known from an event is a gap', () => {
  const gaps = [event(9), event(8, { isRefresh: true }), event(1, { at: { epoch: 2, position: 1 } })];
  expect(gaps.map((one) => takeEvent(before.confirmed, one))).toEqual(['gap', 'gap', 'gap']);
  expect(takeEvent(before.confirmed, event(1, { stream: 'notifications' }))).toBe('gap');
});

test('events are taken up to the first gap', () => {
  const { delta, taken } = takeEvents(before.confirmed, [event(8), event(10), event(9)]);
  expect(taken).toBe(1);
  expect(delta.streams?.tasks).toEqual({ epoch: 1, position: 8 });
});

test('what is created and deleted again by events that come together is not there', () => {
  const created = told('task', task({ id: 'n', version: 1, position: 8 }));
  const deleted = told('task', { ...task({ id: 'n', version: 2, position: 9 }), deleted: true });
  const { delta } = takeEvents(before.confirmed, [event(8, { told: created }), event(9, { told: deleted })]);
  expect(get(apply(before, delta).confirmed, 'task', 'n')).toMatchObject({ deleted: true });
});

test('an answer that came before its event keeps the event from showing an older version', () => {
  const answered = told('task', task({ id: 'a', version: 5, position: 9, title: 'fifth' }));
  const ahead = apply(before, { held: takeAnswer(before.confirmed, answered, 1) });
  const fourth = told('task', task({ id: 'a', version: 4, position: 8, title: 'fourth' }));
  const after = apply(ahead, takeEvents(ahead.confirmed, [event(8, { told: fourth })]).delta);
  expect(titleOf(after, 'a')).toBe('fifth');
  expect(after.confirmed.streams.tasks).toEqual({ epoch: 1, position: 8 });
});

test('an answer that the stream has passed, or of an epoch before, is left alone', () => {
  const replayed = told('task', task({ id: 'gone', version: 1, position: 5 }));
  expect(takeAnswer(before.confirmed, replayed, 1)).toEqual([]);
  const lost = told('task', task({ id: 'a', version: 9, position: 99 }));
  expect(takeAnswer(before.confirmed, lost, 0)).toEqual([]);
});

test('a tombstone keeps what it was, for a restore', () => {
  const tombstone = { ...told('task', { id: 'a', version: 4, position: 8 }), deleted: true, body: null };
  const delta = takePages(before.confirmed, 'tasks', [
    { at: { epoch: 1, position: 8 }, isFull: false, items: [tombstone] },
  ]);
  expect(get(apply(before, delta).confirmed, 'task', 'a')).toMatchObject({ deleted: true, body: { title: 'third' } });
});

test('a thing that changes while pages are turned is as the last page has it', () => {
  const alive = told('task', task({ id: 'b', version: 1, position: 8 }));
  const gone = { ...told('task', { id: 'b', version: 2, position: 9 }), deleted: true, body: null };
  const pages = [
    { at: { epoch: 1, position: 8 }, isFull: false, items: [alive] },
    { at: { epoch: 1, position: 9 }, isFull: false, items: [gone] },
  ];
  const held = get(apply(before, takePages(before.confirmed, 'tasks', pages)).confirmed, 'task', 'b');
  expect(held?.deleted ?? true).toBe(true);
});

test('a full resync forgets what it does not tell, but not what was answered after it', () => {
  const answered = told('task', task({ id: 'new', version: 1, position: 31, title: 'answered' }));
  const ahead = apply(before, { held: takeAnswer(before.confirmed, answered, 1) });
  const kept = told('task', task({ id: 'b', version: 1, position: 20, title: 'kept' }));
  const pages = [{ at: { epoch: 1, position: 30 }, isFull: true, items: [kept] }];
  const after = apply(ahead, takePages(ahead.confirmed, 'tasks', pages));
  expect([...after.confirmed.held.task.keys()].sort()).toEqual(['b', 'new']);
});

test('in a new epoch a lower version takes the place of a higher one', () => {
  const restored = told('task', task({ id: 'a', version: 2, position: 5, title: 'restored' }));
  const pages = [{ at: { epoch: 2, position: 5 }, isFull: true, items: [restored] }];
  const after = apply(before, takePages(before.confirmed, 'tasks', pages));
  expect(titleOf(after, 'a')).toBe('restored');
});

test('a message that another tab sent before a resync changes nothing after it', () => {
  const early = takeEvents(before.confirmed, [
    event(8, { told: told('task', task({ id: 'late', position: 8 })) }),
  ]).delta;
  const resync = takePages(before.confirmed, 'tasks', [{ at: { epoch: 2, position: 9 }, isFull: true, items: [] }]);
  const after = apply(apply(before, resync), early);
  expect([...after.confirmed.held.task.keys()]).toEqual([]);
  expect(apply(after, resync).confirmed).toEqual(after.confirmed);
});

test('who has nothing takes pages as they come', () => {
  const first = { at: { epoch: 1, position: 4 }, isFull: false, items: [told('task', task({ id: 'a', position: 4 }))] };
  const after = apply(EMPTY, takePages(EMPTY.confirmed, 'tasks', [first]));
  expect(titleOf(after, 'a')).toBe('Water the plants');
});
