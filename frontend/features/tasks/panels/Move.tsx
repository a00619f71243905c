'use client';

import { IconInbox, IconSquareRoundedFilled } from '@tabler/icons-react';

import { useAct } from '@/features/shell/act';
import { useSnapshot } from '@/live/react';
import { Choices } from '@/ui/Choices';
import { Panel } from '@/ui/Panel';
import { words } from '@/words/en';

import { editEach } from '../actions/change';
import { compare } from '../views/order';
import { useTargets } from './targets';

export function Move({ taskIds, onClose }: { taskIds: readonly string[]; onClose: () => void }) {
  const act = useAct();
  const tasks = useTargets(taskIds);
  const { projects } = useSnapshot();
  const inOrder = [...projects.values()]
    .filter(({ archived }) => !archived)
    .sort((a, b) => compare(a.order_key, b.order_key));
  const isIn = (id: string | null) => tasks.every((task) => (task.project_id ?? null) === id);
  const choose = async (id: string | null) => {
    const patchOf = (task: { project_id?: string | null }) =>
      (task.project_id ?? null) === id ? null : { project_id: id };
    if (await act.keep(() => editEach(act.contextOf(), tasks, words.actions.moved, patchOf))) onClose();
  };
  return (
    <Panel title={words.task.move.title} size="sm" onClose={onClose}>
      <Choices
        choices={[
          { id: '', name: words.task.move.none, icon: IconInbox, isChosen: isIn(null) },
          ...inOrder.map(({ id, name, color }) => ({
            id,
            name,
            icon: IconSquareRoundedFilled,
            isChosen: isIn(id),
            ...(color == null ? {} : { color }),
          })),
        ]}
        onChoose={(id) => void choose(id === '' ? null : id)}
      />
    </Panel>
  );
}
