import { describe, expect, it } from 'vitest';

import { changes } from '@/features/testing/context';
import { byId, snapshot, tag } from '@/features/testing/tasks';

import type { Reading } from './reading';
import { addRead, asTitle, fromList, stretchesOf } from './reading';

const clock = { now: Date.parse('2026-11-23T09:00:00Z'), zone: 'Europe/Berlin' };
const nothing = { tags: [], projects: [] };

describe('the line', () => {
  const reading: Reading = {
    text: '🌱 water tomorrow p1',
    answer: {
      notes: [],
      title: '🌱 water',
      unknown: nothing,
      spans: [
        { kind: 'date', start: 8, end: 16, text: 'tomorrow', value: '2026-11-24' },
        { kind: 'priority', start: 17, end: 19, text: 'p1', value: 'critical' },
      ],
    },
  };

  it('is coloured by characters, of which an emoji is one', () => {
    expect(stretchesOf(reading.text, reading)).toEqual([
      { text: '🌱 water ', kind: null },
      { text: 'tomorrow', kind: 'date' },
      { text: ' ', kind: null },
      { text: 'p1', kind: 'priority' },
    ]);
  });

  it('keeps of an older reading what still stands there', () => {
    const kinds = stretchesOf('🌱 water tomorrow please', reading).map(({ kind }) => kind);
    expect(kinds).toEqual([null, 'date', null]);
    expect(stretchesOf('🌱 wash', reading)).toEqual([{ text: '🌱 wash', kind: null }]);
  });
});

describe('adding', () => {
  it('makes what the line names and nobody has yet, once', async () => {
    const live = changes();
    const home = tag('Home');
    const read = { task: { title: 'Rent' }, unknown: { tags: ['home', 'new'], projects: ['Flat'] } };
    await addRead(live, snapshot({ tags: byId([home]) }), read, (task) => task);
    expect(live.createTag).toHaveBeenCalledExactlyOnceWith('new');
    expect(live.createTask).toHaveBeenCalledExactlyOnceWith({
      title: 'Rent',
      allow_past_due: true,
      tags: [home.id, 'new'],
      project_id: 'new',
    });
  });

  it('adds nothing without a title', async () => {
    const live = changes();
    expect(await addRead(live, snapshot(), asTitle('  '), (task) => task)).toBeNull();
    expect(live.createTask).not.toHaveBeenCalled();
  });
});

describe('a new task', () => {
  it('belongs to the list that it is added to', () => {
    expect(fromList({ title: 'a' }, { view: 'project', id: 'p' }, clock).project_id).toBe('p');
    expect(fromList({ title: 'a', project_id: 'q' }, { view: 'project', id: 'p' }, clock).project_id).toBe('q');
    expect(fromList({ title: 'a', tags: ['t'] }, { view: 'tag', id: 't' }, clock).tags).toEqual(['t']);
    expect(fromList({ title: 'a' }, { view: 'today' }, clock).due?.date).toBe('2026-11-23');
    expect(fromList({ title: 'a' }, { view: 'upcoming' }, clock)).toEqual({ title: 'a' });
  });
});
