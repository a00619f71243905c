'use client';

import { useLiveStatus } from '@/live/react';
import { Banner } from '@/ui/Banner';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import { useShellStore } from './shell-state';
import { leaveToSignIn } from './leave';

/** What stands in the way until it is put right. */
export function Standing() {
  const { storageFull, signedOut, waiting, conflicts, refused } = useLiveStatus();
  const shell = useShellStore();
  const attention = new Set(conflicts.map(({ changeId }) => changeId)).size + refused.length;
  return (
    <>
      {storageFull ? <Banner title={words.live.fullTitle} text={words.live.fullText} /> : null}
      {signedOut ? (
        <Banner title={words.live.signedOutTitle} text={words.live.signedOutText(waiting)}>
          <TextButton onClick={leaveToSignIn}>{words.live.signIn}</TextButton>
        </Banner>
      ) : null}
      {attention === 0 ? null : (
        <Banner
          title={words.live.attention(attention)}
          text={refused.length === 0 ? words.live.changes.conflictText : words.live.changes.attentionText}
        >
          <TextButton onClick={() => shell.set({ panel: { kind: 'changes' } })}>{words.live.changes.title}</TextButton>
        </Banner>
      )}
    </>
  );
}
