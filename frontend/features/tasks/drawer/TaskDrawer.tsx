'use client';

import { Drawer } from '@mantine/core';
import { IconMoodEmpty } from '@tabler/icons-react';
import { useRef } from 'react';

import { useAct } from '@/features/shell/act';
import { showTask } from '@/features/shell/address';
import type { User } from '@/features/shell/session';
import { useLive, useSnapshot } from '@/live/react';
import { Boundary } from '@/ui/Boundary';
import { Hint } from '@/ui/Hint';
import { useIsUnderPanel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { useReturnFocus } from '@/ui/return-focus';
import { Crashed } from '@/features/shell/Crashed';
import { words } from '@/words/en';

import { DraftsProvider, useDrafts } from './drafts';
import { DrawerHead } from './DrawerHead';
import { TaskFields } from './TaskFields';

/** All of one task, beside the list. The address says which one. */
export function TaskDrawer({ taskId, user }: { taskId: string; user: User }) {
  const live = useLive();
  const act = useAct();
  const { tasks } = useSnapshot();
  const drafts = useDrafts();
  const isClosing = useRef(false);
  const isUnderPanel = useIsUnderPanel();
  useReturnFocus();
  const task = tasks.get(taskId);

  const close = async () => {
    if (isClosing.current) return;
    isClosing.current = true;
    // What could not be kept stays in its field, and the drawer open.
    if (await drafts.commitAll()) showTask(null);
    isClosing.current = false;
  };
  return (
    <Drawer
      opened
      position="right"
      size="lg"
      padding={0}
      withCloseButton={false}
      attributes={{
        content: { 'aria-label': task === undefined ? words.task.drawer.gone : words.task.drawer.label(task.title) },
      }}
      closeOnEscape={!isUnderPanel}
      onClose={() => void close()}
      transitionProps={{ duration: 120 }}
      data-keys="task"
    >
      <DrawerHead task={task} onClose={() => void close()} />
      {task === undefined ? (
        <Hint icon={IconMoodEmpty} title={words.task.drawer.gone} text={words.task.drawer.goneText}>
          <TextButton onClick={() => void act.keep(() => live.restoreTask(taskId))}>
            {words.task.drawer.restore}
          </TextButton>
        </Hint>
      ) : (
        <DraftsProvider drafts={drafts}>
          <Boundary of={taskId} fallback={<Crashed />}>
            <TaskFields task={task} user={user} />
          </Boundary>
        </DraftsProvider>
      )}
    </Drawer>
  );
}
