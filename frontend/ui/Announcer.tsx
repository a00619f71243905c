'use client';

/** What screen readers hear. The same text twice is heard twice, since two places take turns. */
import { useState } from 'react';

export function Announcer({ said }: { said: { readonly text: string } }) {
  const [last, setLast] = useState(said);
  const [turn, setTurn] = useState(0);
  if (last !== said) {
    setLast(said);
    setTurn(1 - turn);
  }
  return (
    <div className="visually-hidden">
      <div role="status" aria-live="polite">
        {turn === 0 ? said.text : ''}
      </div>
      <div role="status" aria-live="polite">
        {turn === 1 ? said.text : ''}
      </div>
    </div>
  );
}
