import type { Place } from '../views/search';
import { highlight } from '../views/search';
import classes from './MarkedText.module.css';

/** A text as it is, with what was searched for marked. */
export function MarkedText({ text, places }: { text: string; places: readonly Place[] }) {
  return highlight(text, places).map(({ text: piece, marked }, index) =>
    marked ? (
      <mark key={index} className={classes.mark}>
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}
