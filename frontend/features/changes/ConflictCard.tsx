'use client';

import { useAct } from '@/features/shell/act';
import { useClock } from '@/features/shell/clock';
import { useSnapshot } from '@/live/react';
import { Buttons } from '@/ui/Buttons';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import classes from './Card.module.css';
import type { Decision } from './conflicts';
import { fieldText, valueText } from './conflicts';

/** Both versions of each field, and the choice. */
export function ConflictCard({
  decision: { taskId, fields },
  onChoose,
}: {
  decision: Decision;
  onChoose: (choice: 'mine' | 'theirs') => Promise<void>;
}) {
  const act = useAct();
  const snapshot = useSnapshot();
  const clock = useClock();
  const title = snapshot.tasks.get(taskId)?.title ?? words.live.changes.gone;
  const text = words.live.changes;
  return (
    <section className={classes.card} aria-label={text.conflict(title)}>
      <h3 className={classes.title}>{text.conflict(title)}</h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.fieldColumn}</th>
            <th scope="col">{text.mine}</th>
            <th scope="col">{text.theirs}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ field, mine, theirs }) => (
            <tr key={field}>
              <th scope="row">{fieldText(field)}</th>
              <td>{valueText(field, mine, snapshot, clock)}</td>
              <td>{valueText(field, theirs, snapshot, clock)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Buttons>
        <TextButton onClick={() => void act.keep(() => onChoose('theirs'))}>{text.keepTheirs}</TextButton>
        <TextButton look="filled" onClick={() => void act.keep(() => onChoose('mine'))}>
          {text.keepMine}
        </TextButton>
      </Buttons>
    </section>
  );
}
