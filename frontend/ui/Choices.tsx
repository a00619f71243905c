'use client';

import type { Icon } from '@tabler/icons-react';
import { IconCheck } from '@tabler/icons-react';

import classes from './Choices.module.css';

export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly note?: string;
  readonly icon?: Icon;
  readonly color?: string;
  readonly isChosen?: boolean;
}

/** Things to choose from, one under another. */
export function Choices({ choices, onChoose }: { choices: readonly Choice[]; onChoose: (id: string) => void }) {
  return (
    <ul className={classes.choices}>
      {choices.map(({ id, name, note, icon: Picture, color, isChosen }, index) => (
        <li key={id}>
          <button
            type="button"
            className={classes.choice}
            aria-pressed={isChosen}
            data-autofocus={index === 0 || undefined}
            onClick={() => onChoose(id)}
          >
            {Picture === undefined ? null : (
              <Picture size={18} stroke={1.75} aria-hidden style={color === undefined ? undefined : { color }} />
            )}
            <span className={classes.name}>{name}</span>
            {note === undefined ? null : <span className={classes.note}>{note}</span>}
            {isChosen === true ? <IconCheck size={18} aria-hidden /> : null}
          </button>
        </li>
      ))}
    </ul>
  );
}
