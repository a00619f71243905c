import { IconRepeat, IconRepeatOnce, IconRewindForward5 } from '@tabler/icons-react';

import type { Scope } from '@/live/live';
import { Choices } from '@/ui/Choices';
import { words } from '@/words/en';

const ICONS = { this: IconRepeatOnce, following: IconRewindForward5, all: IconRepeat } as const;
const SCOPES: readonly Scope[] = ['this', 'following', 'all'];

/** Which occurrences a change is for. */
export function ScopeChoices({ onChoose }: { onChoose: (scope: Scope) => void }) {
  return (
    <Choices
      choices={SCOPES.map((scope) => ({ id: scope, name: words.recurrence.scopes[scope], icon: ICONS[scope] }))}
      onChoose={(id) => onChoose(SCOPES.find((scope) => scope === id) ?? 'this')}
    />
  );
}
