'use client';

import { Textarea } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import dynamic from 'next/dynamic';
import { useState } from 'react';

import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { useDraft } from './drafts';
import classes from './Drawer.module.css';
import { useOpenTask } from './edit';

const Markdown = dynamic(() => import('@/ui/Markdown').then((module) => module.Markdown));

/** As the server counts. */
const MOST_BYTES = 32 * 1024;

export function DescriptionField() {
  const { task, scope, edit } = useOpenTask();
  const kept = task.description ?? '';
  const save = async (text: string) => {
    if (isTooLong(text)) return false;
    return edit({ description: text === '' ? null : text });
  };
  // As the title.
  const draft = useDraft(`${task.id} description`, kept, save, { whileTyping: scope !== 'following' });
  const [isEditing, setEditing] = useState(draft.text !== kept);
  const text = words.task.drawer;

  if (!isEditing && draft.text !== '') {
    return (
      <div>
        <div className={classes.line} style={{ border: 0 }}>
          <span className={classes.label}>{words.task.fields.description}</span>
          <TextButton icon={IconPencil} onClick={() => setEditing(true)}>
            {text.editDescription}
          </TextButton>
        </div>
        <div className={classes.markdown}>
          <Markdown text={draft.text} />
        </div>
      </div>
    );
  }
  return (
    <Textarea
      autosize
      minRows={isEditing ? 4 : 1}
      maxRows={24}
      label={words.task.fields.description}
      placeholder={text.addDescription}
      value={draft.text}
      error={isTooLong(draft.text) ? text.tooLong : null}
      autoFocus={isEditing}
      onFocus={() => setEditing(true)}
      onChange={(event) => draft.type(event.currentTarget.value)}
      onBlur={() =>
        void draft.commit().then((isKept) => {
          if (isKept) setEditing(false);
        })
      }
    />
  );
}

function isTooLong(text: string): boolean {
  return new TextEncoder().encode(text).length > MOST_BYTES;
}
