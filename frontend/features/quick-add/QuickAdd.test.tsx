// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { memoryLive } from '@/features/testing/memory-live';
import { renderIn } from '@/features/testing/render';
import { words } from '@/words/en';

import { QuickAdd } from './QuickAdd';

interface Call {
  readonly text: string;
  answer(kind: string, taken: string, title: string): void;
}

describe('quick add', () => {
  const calls: Call[] = [];
  beforeEach(() => calls.splice(0));
  afterEach(cleanup);

  const read = vi.fn((_path: string, { body }: { body: { text: string } }) => {
    let resolve: (answer: object) => void = () => undefined;
    const promise = new Promise<object>((done) => {
      resolve = done;
    });
    calls.push({
      text: body.text,
      answer: (kind, taken, title) => {
        const start = body.text.indexOf(taken);
        const span = { kind, text: taken, start, end: start + taken.length, value: '' };
        const unknown = { tags: [], projects: [] };
        resolve({ data: { notes: [], spans: [span], title, unknown, task: { title, priority: 'high' } } });
      },
    });
    return promise;
  });

  function open() {
    const live = memoryLive();
    renderIn(<QuickAdd onClose={() => undefined} />, { live, api: { tasks: { POST: read } } });
    const field = screen.getByLabelText<HTMLTextAreaElement>(words.task.quickAdd.label);
    const type = (value: string) => fireEvent.change(field, { target: { value } });
    return { live, field, type };
  }
  const asked = async (count: number) => waitFor(() => expect(calls).toHaveLength(count));

  it('drops an answer to a line that is no longer there', async () => {
    const { type } = open();
    type('buy milk p1');
    await asked(1);
    type('buy milk p2');
    await asked(2);
    await act(() => Promise.resolve(calls[1]?.answer('priority', 'p2', 'buy milk')));
    await waitFor(() => expect(document.querySelector('[data-kind]')?.textContent).toBe('p2'));
    await act(() => Promise.resolve(calls[0]?.answer('priority', 'p1', 'buy milk')));
    expect([...document.querySelectorAll('[data-kind]')].map((each) => each.textContent)).toEqual(['p2']);
  });

  it('adds what the line was read as, and waits for the reading of the line as it is', async () => {
    const { live, field, type } = open();
    type('buy milk p2');
    fireEvent.keyDown(field, { key: 'Enter' });
    await asked(1);
    expect(live.snapshot().tasks.size).toBe(0);
    await act(() => Promise.resolve(calls[0]?.answer('priority', 'p2', 'buy milk')));
    await waitFor(() => expect(live.snapshot().tasks.size).toBe(1));
    expect([...live.snapshot().tasks.values()][0]).toMatchObject({ title: 'buy milk', priority: 'high' });
  });

  it('takes the whole line as the title while offline, and says so', async () => {
    const { live, field, type } = open();
    act(() => live.tell({ connection: 'offline' }));
    type('buy milk p1');
    expect(screen.getByText(words.task.quickAdd.offline)).toBeDefined();
    fireEvent.keyDown(field, { key: 'Enter' });
    await waitFor(() => expect(live.snapshot().tasks.size).toBe(1));
    expect([...live.snapshot().tasks.values()][0]?.title).toBe('buy milk p1');
    expect(calls).toHaveLength(0);
  });
});
