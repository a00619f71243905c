'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';

import type { TaskPatch } from '@/api/schema';
import { useAct } from '@/features/shell/act';
import { useClock } from '@/features/shell/clock';
import type { User } from '@/features/shell/session';
import { instantText } from '@/features/tasks/time/text';
import type { LiveTask, Scope } from '@/live/live';
import { useLive } from '@/live/react';
import { words } from '@/words/en';

import { Activity } from './Activity';
import { DescriptionField } from './DescriptionField';
import classes from './Drawer.module.css';
import { OpenTaskContext } from './edit';
import { EstimateField } from './EstimateField';
import { MomentField } from './MomentField';
import { PartsField } from './PartsField';
import { PriorityField } from './PriorityField';
import { ProjectField } from './ProjectField';
import { RemindersField } from './RemindersField';
import { ScopeField } from './ScopeField';
import { TagsField } from './TagsField';
import { TitleField } from './TitleField';

const RecurrenceField = dynamic(() =>
  import('@/features/recurrence/RecurrenceField').then((module) => module.RecurrenceField),
);
const History = dynamic(() => import('@/features/recurrence/History').then((module) => module.History));

export function TaskFields({ task, user }: { task: LiveTask; user: User }) {
  const live = useLive();
  const act = useAct();
  const clock = useClock();
  const [chosen, setChosen] = useState<Scope>('this');
  const scope = task.series_id == null ? undefined : chosen;
  const edit = (patch: TaskPatch) => act.keep(() => live.editTask(task.id, patch, scope));
  return (
    <OpenTaskContext value={{ task, scope, edit }}>
      <div className={classes.fields}>
        <TitleField />
        {scope === undefined ? null : <ScopeField scope={scope} onChange={setChosen} />}
        <DescriptionField />
        <MomentField field="due" />
        <RecurrenceField />
        <div className={classes.pair}>
          <ProjectField />
          <PriorityField />
        </div>
        <TagsField />
        <RemindersField />
        <div className={classes.pair}>
          <EstimateField />
        </div>
        <MomentField field="start" />
        <PartsField />
        {task.series_id == null ? null : <History seriesId={task.series_id} taskId={task.id} />}
        <Activity taskId={task.id} version={task.version} user={user} />
        <p className={classes.dimmed}>
          {words.task.drawer.created(instantText(Date.parse(task.created_at), clock))}
          {task.completed_at == null
            ? null
            : ` · ${words.task.drawer.completedAt(instantText(Date.parse(task.completed_at), clock))}`}
        </p>
      </div>
    </OpenTaskContext>
  );
}
