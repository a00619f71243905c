import { describe, expect, it } from 'vitest';

import { byId, snapshot, tag, task } from '@/features/testing/tasks';

import { highlight, placesOf, searchHere } from './search';

describe('searching here', () => {
  const home = tag('Zuhause');
  const tasks = [
    task({ id: 'street', title: 'Große Straße fegen' }),
    task({ id: 'rent', title: 'Pay the rent', description: 'by bank' }),
    task({ id: 'car', title: 'Call about the car', description: 'Rental from Monday', tags: [home.id] }),
  ];
  const here = snapshot({ tasks, tags: byId([home]) });

  it.each([
    ['rent', ['rent', 'car']],
    ['STRASSE', ['street']],
    ['grosse fegen', ['street']],
    ['zuhause', ['car']],
    ['rent milk', []],
    ['  ', []],
    ['-', []],
  ])('finds %j', (words, ids) => expect(searchHere(here, words)).toEqual(ids));
});

describe('what was found', () => {
  it('is marked by characters, of which an emoji is one', () => {
    expect(highlight('🌱🌱 water', [{ start: 3, end: 6 }])).toEqual([
      { text: '🌱🌱 ', marked: false },
      { text: 'wat', marked: true },
      { text: 'er', marked: false },
    ]);
  });

  it('is left alone where a place does not fit a text that has changed', () => {
    expect(highlight('short', [{ start: 3, end: 60 }])).toEqual([{ text: 'short', marked: false }]);
  });

  it('is where words begin', () => {
    expect(placesOf('🌱 Rental parent', 'rent')).toEqual([{ start: 2, end: 6 }]);
  });
});
