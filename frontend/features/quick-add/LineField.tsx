'use client';

import { words } from '@/words/en';

import classes from './LineField.module.css';
import type { Reading } from './reading';
import { stretchesOf } from './reading';

/** A field whose text is coloured: the same text lies behind it, with the colours. */
export function LineField({
  text,
  reading,
  onChange,
  onEnter,
}: {
  text: string;
  reading: Reading | null;
  onChange: (text: string) => void;
  onEnter: () => void;
}) {
  return (
    <div className={classes.field}>
      <div className={classes.colours} aria-hidden>
        {stretchesOf(text, reading).map(({ text: stretch, kind }, index) =>
          kind === null ? (
            stretch
          ) : (
            <span key={index} className={classes.stretch} data-kind={kind}>
              {stretch}
            </span>
          ),
        )}
        {'\u200b'}
      </div>
      <textarea
        className={classes.text}
        rows={1}
        value={text}
        maxLength={1000}
        spellCheck={false}
        data-autofocus
        aria-label={words.task.quickAdd.label}
        aria-describedby="quick-add-notes"
        placeholder={words.task.quickAdd.placeholder}
        onChange={(event) => onChange(event.currentTarget.value.replace(/[\r\n]+/g, ' '))}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onEnter();
        }}
      />
    </div>
  );
}
