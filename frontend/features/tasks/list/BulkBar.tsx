'use client';

import { useAct } from '@/features/shell/act';
import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { move, reschedule, tag } from '../actions/edit';
import { complete, remove, reopen } from '../actions/finish';
import { clear } from '../actions/select';
import classes from './BulkBar.module.css';

const OFFERED = [complete, reopen, reschedule, move, tag, remove, clear];

/** What can be done to all that is selected. */
export function BulkBar({ selected }: { selected: ReadonlySet<string> }) {
  const act = useAct();
  const context = act.contextOf();
  return (
    <div className={classes.bar} role="toolbar" aria-label={words.views.bulk}>
      <span className={classes.count}>{words.actions.selected(selected.size)}</span>
      {OFFERED.filter((action) => action.when(context)).map((action) => (
        <IconButton
          key={action.id}
          icon={action.icon}
          label={action.name}
          className={classes.button ?? ''}
          onClick={() => act.run(action)}
        />
      ))}
    </div>
  );
}
