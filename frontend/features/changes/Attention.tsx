'use client';

import { useLive, useLiveStatus } from '@/live/react';
import { Hint } from '@/ui/Hint';
import { Panel } from '@/ui/Panel';
import { words } from '@/words/en';

import { ConflictCard } from './ConflictCard';
import { conflictsByChange } from './conflicts';
import { RefusedCard } from './RefusedCard';

/** What cannot go on without the person: conflicts to decide, and changes that were refused. */
export function Attention({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const { conflicts, refused } = useLiveStatus();
  const decisions = conflictsByChange(conflicts);
  return (
    <Panel title={words.live.changes.title} size="lg" onClose={onClose}>
      {decisions.length + refused.length === 0 ? <Hint title={words.live.changes.none} /> : null}
      {decisions.map((decision) => (
        <ConflictCard
          key={decision.changeId}
          decision={decision}
          onChoose={(choice) => live.resolve(decision.changeId, choice)}
        />
      ))}
      {refused.map((each) => (
        <RefusedCard key={each.changeId} refused={each} onDismiss={() => live.dismiss(each.changeId)} />
      ))}
    </Panel>
  );
}
