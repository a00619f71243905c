'use client';

import { useAct } from '@/features/shell/act';
import type { Scope } from '@/live/live';
import { Panel } from '@/ui/Panel';
import { words } from '@/words/en';

import { toEach } from '../actions/change';
import { ScopeChoices } from './ScopeChoices';
import { useTargets } from './targets';

/** Deletes tasks of which some recur: this time, from now on, or all of it. */
export function DeleteScope({ taskIds, onClose }: { taskIds: readonly string[]; onClose: () => void }) {
  const act = useAct();
  const tasks = useTargets(taskIds);
  const remove = async (scope: Scope) => {
    const done = await act.keep(() =>
      toEach(
        act.contextOf(),
        tasks,
        words.actions.deleted,
        (live, { id, series_id }) => live.deleteTask(id, series_id == null ? undefined : scope),
        (live, { id }) => live.restoreTask(id),
      ),
    );
    if (!done) return;
    act.screen.select(new Set());
    onClose();
  };
  return (
    <Panel title={words.recurrence.scopeTitle} size="sm" onClose={onClose}>
      <p>{words.recurrence.scopeDelete}</p>
      <ScopeChoices onChoose={(scope) => void remove(scope)} />
    </Panel>
  );
}
