'use client';

import { actions } from '@/features/tasks/actions/all';
import type { ActionGroup } from '@/features/tasks/actions/action';
import { Keys } from '@/ui/Keys';
import { Panel } from '@/ui/Panel';
import { words } from '@/words/en';

import classes from './Help.module.css';

const GROUPS: readonly ActionGroup[] = ['general', 'task', 'select', 'go'];

/** Every shortcut there is. */
export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Panel title={words.shell.help.title} size="xl" onClose={onClose}>
      <p className={classes.hint}>{words.shell.help.hint}</p>
      <div className={classes.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className={classes.name}>{words.actions.groups[group]}</h3>
            <dl className={classes.list}>
              {actions
                .filter((action) => action.group === group && action.shortcuts.length > 0)
                .map(({ id, name, shortcuts }) => (
                  <div key={id} className={classes.row}>
                    <dt>{name}</dt>
                    <dd>
                      {shortcuts.map((keys) => (
                        <Keys key={keys} of={keys} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}
