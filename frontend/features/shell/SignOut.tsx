'use client';

import { useState } from 'react';

import { signOut, signOutEverywhere } from '@/auth/client';
import { useLive, useLiveStatus } from '@/live/react';
import { Buttons } from '@/ui/Buttons';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { leaveFor } from './leave';
import { forgetSession } from './session';

/** Says what would be lost, then signs out and removes all that this browser keeps of the person. */
export function SignOut({ everywhere = false, onClose }: { everywhere?: boolean; onClose: () => void }) {
  const live = useLive();
  const { waiting } = useLiveStatus();
  const [state, setState] = useState<'asking' | 'working' | 'failed'>('asking');
  const name = everywhere ? words.shell.signOutEverywhere : words.shell.signOut;

  const leave = async () => {
    setState('working');
    try {
      // First the session: without the server nothing is wiped that could still be sent.
      await (everywhere ? signOutEverywhere() : signOut());
      await live.wipe();
      forgetSession();
      leaveFor('/sign-in');
    } catch {
      setState('failed');
    }
  };
  return (
    <Panel title={words.shell.signOutTitle} size="sm" onClose={onClose}>
      <p>{waiting === 0 ? words.shell.signOutSafe : words.shell.signOutUnsent(waiting)}</p>
      {everywhere ? <p>{words.shell.signOutEverywhereText}</p> : null}
      {state === 'failed' ? <p role="alert">{words.shell.signOutFailed}</p> : null}
      <Buttons>
        <TextButton onClick={onClose}>{words.shell.cancel}</TextButton>
        <TextButton
          look={waiting === 0 ? 'filled' : 'danger'}
          disabled={state === 'working'}
          onClick={() => void leave()}
        >
          {waiting === 0 ? name : words.shell.signOutAnyway(waiting)}
        </TextButton>
      </Buttons>
    </Panel>
  );
}
