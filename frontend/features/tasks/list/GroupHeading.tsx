'use client';

import { useClock } from '@/features/shell/clock';
import { words } from '@/words/en';

import { longDayText } from '../time/text';
import { dayAt } from '@/time/zone';
import type { Heading } from '../views/lists';
import classes from './GroupHeading.module.css';

export function GroupHeading({ heading, count }: { heading: Heading; count: number }) {
  const clock = useClock();
  const text =
    heading.kind === 'day' ? longDayText(heading.day, dayAt(clock.now, clock.zone)) : words.views[heading.kind];
  return (
    <h2 className={classes.heading} data-kind={heading.kind}>
      {text}
      <span className={classes.count}>{count}</span>
    </h2>
  );
}
