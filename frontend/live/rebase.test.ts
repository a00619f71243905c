import { expect, test } from 'vitest';

import type { Change, Edit } from './change';
import type { Fields } from './entity';
import { rebase, resolved } from './rebase';
import { EMPTY } from './state';
import { editing, keeping, only, task } from './testing/make';

const edit = (patch: Fields, base: Fields): Edit => ({ do: 'edit', kind: 'task', patch, base, scope: null });
const theirs = (parts: object): Fields => ({ ...task({ id: 'a' }), ...parts });

test.each<[string, Edit, Fields, string]>([
  ['another field', edit({ title: 'mine' }, { title: 'seen' }), { title: 'seen', priority: 'high' }, 'clean'],
  ['the same field', edit({ title: 'mine' }, { title: 'seen' }), { title: 'theirs' }, 'conflict'],
  ['the same field in the same way', edit({ title: 'mine' }, { title: 'seen' }), { title: 'mine' }, 'nothing'],
  [
    'the same time, said in another way',
    edit({ due: { date: '2026-12-01', timezone: 'UTC' } }, { due: null }),
    { due: { date: '2026-12-01', timezone: 'UTC' } },
    'nothing',
  ],
  ['null where nothing was', edit({ description: 'mine' }, { description: undefined }), { description: null }, 'clean'],
  ['a list', edit({ tags: ['a'] }, { tags: [] }), { tags: ['b'] }, 'conflict'],
])('an edit of %s', (_, mine, parts, is) => {
  expect(rebase(mine, theirs(parts)).is).toBe(is);
});

test('an edit of a whole series is sent although this occurrence is so already', () => {
  const wide: Edit = { ...edit({ title: 'mine' }, { title: 'seen' }), scope: 'all' };
  expect(rebase(wide, theirs({ title: 'mine' })).is).toBe('clean');
});

function inConflict(): Change {
  const change = only(
    keeping(EMPTY, 'a', editing({ title: 'mine', priority: 'low' }, { title: 'seen', priority: 'high' })),
    'a',
  );
  const clashes = [{ field: 'title', mine: 'mine', theirs: 'theirs' }];
  return {
    ...change,
    theirs: { version: 9, body: theirs({ title: 'theirs' }) },
    standing: { is: 'conflict', clashes },
  };
}

test('who chooses theirs gives up the field alone, and nothing is left of an edit of it only', () => {
  const left = resolved(inConflict(), 'theirs');
  expect(left).toMatchObject({ action: { patch: { priority: 'low' } }, standing: { is: 'waiting' } });
  const only = { ...inConflict(), action: edit({ title: 'mine' }, { title: 'seen' }) };
  expect(resolved(only, 'theirs')).toBeNull();
});

test('who chooses mine has seen theirs', () => {
  const left = resolved(inConflict(), 'mine');
  expect(left?.action).toMatchObject({
    patch: { title: 'mine', priority: 'low' },
    base: { title: 'theirs', priority: 'high' },
  });
  expect(left?.revision).toBe(2);
});
