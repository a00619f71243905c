// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { memoryLive } from '@/features/testing/memory-live';
import { renderIn } from '@/features/testing/render';
import { snapshot, task } from '@/features/testing/tasks';
import { words } from '@/words/en';

import { DraftsProvider, useDrafts } from './drafts';
import { OpenTaskContext } from './edit';
import { PartsField } from './PartsField';
import { TitleField } from './TitleField';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('a title is kept half a second after the last key, as it is typed, and once', async () => {
  vi.useFakeTimers();
  const edit = vi.fn(() => Promise.resolve(true));
  const field = (
    <OpenTaskContext value={{ task: task({ title: 'Old' }), scope: undefined, edit }}>
      <TitleField />
    </OpenTaskContext>
  );
  renderIn(field, { live: memoryLive() });
  const title = screen.getByLabelText<HTMLTextAreaElement>(words.task.fields.title);
  const wait = (time: number) => act(() => vi.advanceTimersByTimeAsync(time));
  fireEvent.change(title, { target: { value: 'N' } });
  await wait(400);
  fireEvent.change(title, { target: { value: 'New ' } });
  await wait(400);
  expect(edit).not.toHaveBeenCalled();
  await wait(200);
  expect(edit).toHaveBeenCalledExactlyOnceWith({ title: 'New' });
  expect(title.value).toBe('New ');
  fireEvent.blur(title);
  await wait(1000);
  expect(edit).toHaveBeenCalledOnce();
});

describe('a sub-task is made once', () => {
  const whole = task({ id: 'whole' });

  function Parts() {
    const drafts = useDrafts();
    return (
      <DraftsProvider drafts={drafts}>
        <button onClick={() => void drafts.commitAll()}>close</button>
        <OpenTaskContext value={{ task: whole, scope: undefined, edit: () => Promise.resolve(true) }}>
          <PartsField />
        </OpenTaskContext>
      </DraftsProvider>
    );
  }

  function open() {
    const live = memoryLive(snapshot({ tasks: [whole] }));
    const create = vi.spyOn(live, 'createTask');
    const { unmount } = renderIn(<Parts />, { live });
    const field = () => screen.getByLabelText<HTMLInputElement>(words.task.drawer.addPart);
    fireEvent.change(field(), { target: { value: 'Sand' } });
    return { create, unmount, field };
  }
  const later = () => act(() => new Promise((done) => setTimeout(done, 20)));

  it('on Enter, and the field is empty for the next', async () => {
    const { create, unmount, field } = open();
    fireEvent.keyDown(field(), { key: 'Enter' });
    fireEvent.keyDown(field(), { key: 'Enter' });
    await later();
    expect(field().value).toBe('');
    fireEvent.blur(field());
    unmount();
    await later();
    expect(create.mock.calls.map(([fields]) => fields.title)).toEqual(['Sand']);
  });

  it('when the field is left', async () => {
    const { create, unmount, field } = open();
    fireEvent.blur(field());
    await later();
    unmount();
    await later();
    expect(create).toHaveBeenCalledOnce();
  });

  it('when the drawer closes with text in the field', async () => {
    const { create, unmount, field } = open();
    fireEvent.blur(field());
    fireEvent.click(screen.getByText('close'));
    unmount();
    await later();
    expect(create).toHaveBeenCalledOnce();
  });

  it('for each time that the same is typed', async () => {
    const { create, field } = open();
    fireEvent.keyDown(field(), { key: 'Enter' });
    await later();
    fireEvent.change(field(), { target: { value: 'Sand' } });
    fireEvent.keyDown(field(), { key: 'Enter' });
    await later();
    expect(create).toHaveBeenCalledTimes(2);
  });
});
