'use client';

import { NativeSelect } from '@mantine/core';

import type { Scope } from '@/live/live';
import { words } from '@/words/en';

const SCOPES: readonly Scope[] = ['this', 'following', 'all'];

/** Which occurrences the changes below are for. */
export function ScopeField({ scope, onChange }: { scope: Scope; onChange: (scope: Scope) => void }) {
  return (
    <NativeSelect
      label={words.recurrence.scopeEdit}
      data={SCOPES.map((value) => ({ value, label: words.recurrence.scopes[value] }))}
      value={scope}
      onChange={(event) => onChange(SCOPES.find((each) => each === event.currentTarget.value) ?? 'this')}
    />
  );
}
