import type { Icon } from '@tabler/icons-react';

import classes from './TaskFacts.module.css';

/** A picture with a short text; where the picture says it all, the words are for screen readers. */
export function Fact({
  icon: Picture,
  text,
  spoken,
  mood,
}: {
  icon: Icon;
  text?: string;
  spoken?: string;
  mood?: string;
}) {
  return (
    <span className={classes.fact} data-mood={mood} title={spoken}>
      <Picture size={15} stroke={1.75} aria-hidden />
      {text === undefined ? null : <span aria-hidden={spoken === undefined ? undefined : true}>{text}</span>}
      {spoken === undefined ? null : <span className="visually-hidden">{spoken}</span>}
    </span>
  );
}
