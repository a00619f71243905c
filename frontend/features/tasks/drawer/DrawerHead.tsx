'use client';

import { IconArrowBackUp, IconCircleCheck, IconDots, IconX } from '@tabler/icons-react';

import { useAct } from '@/features/shell/act';
import type { LiveTask } from '@/live/live';
import { IconButton } from '@/ui/IconButton';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { complete, reopen } from '../actions/finish';
import { RowMenu } from '../list/RowMenu';
import { isOpen } from '../views/lists';
import classes from './Drawer.module.css';

export function DrawerHead({ task, onClose }: { task: LiveTask | undefined; onClose: () => void }) {
  const act = useAct();
  return (
    <div className={classes.head}>
      {task === undefined ? null : (
        <>
          <TextButton
            icon={isOpen(task) ? IconCircleCheck : IconArrowBackUp}
            onClick={() => act.run(isOpen(task) ? complete : reopen, [task])}
          >
            {isOpen(task) ? complete.name : reopen.name}
          </TextButton>
          <RowMenu task={task} icon={IconDots} />
        </>
      )}
      <IconButton icon={IconX} label={words.task.drawer.close} className={classes.close ?? ''} onClick={onClose} />
    </div>
  );
}
