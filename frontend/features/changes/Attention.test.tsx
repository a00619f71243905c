// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { memoryLive } from '@/features/testing/memory-live';
import { renderIn } from '@/features/testing/render';
import { byId, project, snapshot, task } from '@/features/testing/tasks';
import { words } from '@/words/en';

import { Attention } from './Attention';

afterEach(cleanup);

describe('a conflict', () => {
  const home = project('Home');
  const of = { changeId: 'c1', kind: 'task', taskId: 't' } as const;
  const conflicts = [
    { ...of, field: 'title', mine: '<b>mine</b>', theirs: 'theirs' },
    { ...of, field: 'project_id', mine: home.id, theirs: null },
  ];

  it('shows both versions of each field as text, and is decided once for all of them', async () => {
    const live = memoryLive(snapshot({ tasks: [task({ id: 't', title: 'Paint' })], projects: byId([home]) }));
    renderIn(<Attention onClose={() => undefined} />, { live });
    act(() => live.tell({ conflicts }));
    const card = screen.getByLabelText(words.live.changes.conflict('Paint'));
    const cells = within(card)
      .getAllByRole('cell')
      .map((cell) => cell.textContent);
    expect(cells).toEqual(['<b>mine</b>', 'theirs', 'Home', words.live.changes.empty]);
    await act(async () => {
      fireEvent.click(within(card).getByText(words.live.changes.keepMine));
      await Promise.resolve();
    });
    expect(live.resolve).toHaveBeenCalledExactlyOnceWith('c1', 'mine');
  });
});

it('a refused change says why, in the words of the server', () => {
  const live = memoryLive();
  renderIn(<Attention onClose={() => undefined} />, { live });
  const problem = {
    type: 'urn:x',
    title: 'Bad request',
    status: 400,
    detail: 'the title is too long',
    pointer: '/title',
  };
  act(() => live.tell({ refused: [{ changeId: 'c', what: 'edit task', typed: {}, problem }] }));
  expect(screen.getByText('the title is too long')).toBeDefined();
  fireEvent.click(screen.getByText(words.live.changes.dismiss));
  expect(live.dismiss).toHaveBeenCalledExactlyOnceWith('c');
});
