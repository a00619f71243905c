'use client';

import { IconChecklist } from '@tabler/icons-react';
import { useEffect, useLayoutEffect } from 'react';
import type { ReactNode } from 'react';

import { useAct } from '@/features/shell/act';
import { useAddress } from '@/features/shell/address';
import { useShellStore, useShellState } from '@/features/shell/shell-state';
import { pathOf } from '@/features/shell/route';
import { Hint } from '@/ui/Hint';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { hasDone, showDone } from '../actions/general';
import type { Place } from '../views/search';
import type { TaskList } from '../views/lists';
import { NOTHING, rowsOf } from '../views/lists';
import { BulkBar } from './BulkBar';
import classes from './ListPage.module.css';
import { VirtualList } from './VirtualList';

/** A list with its heading: what the actions act on is what it shows. */
export function ListPage({
  title,
  note,
  list,
  empty,
  notice,
  marks,
}: {
  title: string;
  note?: string;
  list: TaskList;
  empty: { readonly title: string; readonly text: string };
  /** Above the list: why it may not be all. */
  notice?: ReactNode;
  /** What of the titles was searched for. */
  marks?: ReadonlyMap<string, readonly Place[]>;
}) {
  const shell = useShellStore();
  const act = useAct();
  const { route, withDone } = useAddress();
  const selected = useShellState((state) => state.selected);
  const path = route === null ? '' : pathOf(route);
  const count = rowsOf(list).length;

  useLayoutEffect(() => {
    shell.set({ list });
    return () => shell.set({ list: NOTHING });
  }, [shell, list]);
  useLayoutEffect(() => {
    document.title = `${title} · ${words.shell.product}`;
  }, [title]);
  useEffect(() => shell.set({ selected: new Set(), cursor: null }), [shell, path]);

  return (
    <section className={classes.page} aria-labelledby="list-title">
      <header className={classes.head}>
        <h1 id="list-title" className={classes.title}>
          {title}
        </h1>
        <span className={classes.note}>
          {[note, count > 0 ? words.views.count(count) : ''].filter(Boolean).join(' · ')}
        </span>
        {route !== null && hasDone(route.view) ? (
          <TextButton
            icon={IconChecklist}
            className={classes.done ?? ''}
            aria-pressed={withDone}
            onClick={() => act.run(showDone)}
          >
            {withDone ? words.views.hideDone : words.views.showDone}
          </TextButton>
        ) : null}
      </header>
      {notice}
      {count === 0 ? (
        <Hint icon={IconChecklist} title={empty.title} text={empty.text} />
      ) : (
        <VirtualList key={path} list={list} label={title} {...(marks === undefined ? {} : { marks })} />
      )}
      {selected.size === 0 ? null : <BulkBar selected={selected} />}
    </section>
  );
}
