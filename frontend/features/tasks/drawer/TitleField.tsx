'use client';

import { words } from '@/words/en';

import { useDraft } from './drafts';
import classes from './Drawer.module.css';
import { useOpenTask } from './edit';

/** One line, however long. An empty one is given up: a task has a title. */
export function TitleField() {
  const { task, scope, edit } = useOpenTask();
  const save = async (text: string) => {
    const title = text.trim().replace(/\s+/g, ' ');
    return title === '' || title === task.title ? true : edit({ title });
  };
  // Each change for all that follow splits the series, so there is to be one alone.
  const draft = useDraft(`${task.id} title`, task.title, save, { whileTyping: scope !== 'following' });
  return (
    <textarea
      rows={1}
      className={classes.title}
      aria-label={words.task.fields.title}
      value={draft.text}
      maxLength={500}
      data-autofocus
      onChange={(event) => draft.type(event.currentTarget.value.replace(/[\r\n]+/g, ' '))}
      onBlur={() => void draft.commit()}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') {
          event.preventDefault();
          void draft.commit();
        }
      }}
    />
  );
}
