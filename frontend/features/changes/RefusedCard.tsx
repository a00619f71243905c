'use client';

import { useAct } from '@/features/shell/act';
import type { Refused } from '@/live/live';
import { Buttons } from '@/ui/Buttons';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import classes from './Card.module.css';

/** Why a change was refused, in the server's words. */
export function RefusedCard({ refused, onDismiss }: { refused: Refused; onDismiss: () => Promise<void> }) {
  const act = useAct();
  const { what, problem } = refused;
  const text = words.live.changes;
  return (
    <section className={classes.card} aria-label={text.refused(what)}>
      <h3 className={classes.title}>{text.refused(what)}</h3>
      <p>{problem.detail ?? problem.title}</p>
      {problem.pointer === undefined ? null : <p className={classes.note}>{text.field(problem.pointer)}</p>}
      <p className={classes.note}>{text.refusedText}</p>
      <Buttons>
        <TextButton onClick={() => void act.keep(onDismiss)}>{text.dismiss}</TextButton>
      </Buttons>
    </section>
  );
}
