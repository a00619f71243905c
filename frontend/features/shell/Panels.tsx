'use client';

import dynamic from 'next/dynamic';

import { useAddress } from './address';
import { useShellStore, useShellState } from './shell-state';
import type { User } from './session';

const QuickAdd = dynamic(() => import('@/features/quick-add/QuickAdd').then((module) => module.QuickAdd));
const Palette = dynamic(() => import('./Palette').then((module) => module.Palette));
const Help = dynamic(() => import('./Help').then((module) => module.Help));
const Settings = dynamic(() => import('@/features/settings/Settings').then((module) => module.Settings));
const Attention = dynamic(() => import('@/features/changes/Attention').then((module) => module.Attention));
const SignOut = dynamic(() => import('./SignOut').then((module) => module.SignOut));
const Reschedule = dynamic(() => import('@/features/tasks/panels/Reschedule').then((module) => module.Reschedule));
const Move = dynamic(() => import('@/features/tasks/panels/Move').then((module) => module.Move));
const Tags = dynamic(() => import('@/features/tasks/panels/Tags').then((module) => module.Tags));
const DeleteScope = dynamic(() => import('@/features/tasks/panels/DeleteScope').then((module) => module.DeleteScope));
const ProjectForm = dynamic(() => import('@/features/lists/ProjectForm').then((module) => module.ProjectForm));
const TagForm = dynamic(() => import('@/features/lists/TagForm').then((module) => module.TagForm));
const FilterForm = dynamic(() => import('@/features/lists/FilterForm').then((module) => module.FilterForm));
const TaskDrawer = dynamic(() => import('@/features/tasks/drawer/TaskDrawer').then((module) => module.TaskDrawer));

/** What lies over the list. All of it is loaded when it is wanted. */
export function Panels({ user }: { user: User }) {
  const { taskId } = useAddress();
  return (
    <>
      {taskId === null ? null : <TaskDrawer key={taskId} taskId={taskId} user={user} />}
      <OpenPanel />
    </>
  );
}

function OpenPanel() {
  const panel = useShellState((state) => state.panel);
  const shell = useShellStore();
  const onClose = () => shell.set({ panel: null });
  switch (panel?.kind) {
    case undefined:
      return null;
    case 'quick-add':
      return <QuickAdd onClose={onClose} />;
    case 'palette':
      return <Palette onClose={onClose} />;
    case 'help':
      return <Help onClose={onClose} />;
    case 'settings':
      return <Settings onClose={onClose} />;
    case 'changes':
      return <Attention onClose={onClose} />;
    case 'sign-out':
      return <SignOut onClose={onClose} />;
    case 'sign-out-everywhere':
      return <SignOut everywhere onClose={onClose} />;
    case 'reschedule':
      return <Reschedule taskIds={panel.taskIds} onClose={onClose} />;
    case 'move':
      return <Move taskIds={panel.taskIds} onClose={onClose} />;
    case 'tags':
      return <Tags taskIds={panel.taskIds} onClose={onClose} />;
    case 'delete-scope':
      return <DeleteScope taskIds={panel.taskIds} onClose={onClose} />;
    case 'project':
      return <ProjectForm id={panel.id} onClose={onClose} />;
    case 'tag':
      return <TagForm id={panel.id} onClose={onClose} />;
    case 'filter':
      return <FilterForm id={panel.id} onClose={onClose} />;
  }
}
