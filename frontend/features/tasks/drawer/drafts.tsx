'use client';

// What is typed in the drawer is never lost: it is kept when the field is left, when the drawer closes and when the page is
// hidden; and what could not be kept is in its field again when the drawer opens the next time.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';

type Commit = () => Promise<boolean>;

interface Drafts {
  register(commit: Commit): () => void;
  /** False when something could not be kept. */
  commitAll(): Promise<boolean>;
}

const DraftsContext = createContext<Drafts | null>(null);
/** By task and field. */
const lost = new Map<string, string>();

export function useDrafts(): Drafts {
  const commits = useRef(new Set<Commit>());
  return useMemo(
    () => ({
      register: (commit) => {
        commits.current.add(commit);
        return () => commits.current.delete(commit);
      },
      commitAll: async () => {
        const kept = await Promise.all([...commits.current].map((commit) => commit()));
        return kept.every(Boolean);
      },
    }),
    [],
  );
}

export function DraftsProvider({ drafts, children }: { drafts: Drafts; children: ReactNode }) {
  return <DraftsContext value={drafts}>{children}</DraftsContext>;
}

export interface Draft {
  readonly text: string;
  readonly type: (text: string) => void;
  /** Keeps what was typed; true when there was nothing to keep. */
  readonly commit: Commit;
  /** Gives up what was typed. */
  readonly drop: () => void;
}

/**
 * The text of a field. While nothing was typed it follows `value`, which others may change; `save` answers whether the text
 * was kept.
 */
export function useDraft(key: string, value: string, save: (text: string) => Promise<boolean>): Draft {
  const drafts = useContext(DraftsContext);
  const [typed, setTyped] = useState<string | null>(() => lost.get(key) ?? null);
  const now = useRef({ typed, value, save });
  useEffect(() => {
    now.current = { typed, value, save };
  });

  const commit = useCallback(async () => {
    const { typed: text, value: before, save: keep } = now.current;
    if (text === null || text === before) {
      setTyped(null);
      return true;
    }
    lost.set(key, text);
    const kept = await keep(text);
    if (!kept) return false;
    if (lost.get(key) === text) lost.delete(key);
    // More may have been typed meanwhile.
    setTyped((newer) => (newer === text ? null : newer));
    return true;
  }, [key]);

  useEffect(() => {
    const hidden = () => {
      if (document.visibilityState === 'hidden') void commit();
    };
    const unregister = drafts?.register(commit);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      unregister?.();
      document.removeEventListener('visibilitychange', hidden);
      void commit();
    };
  }, [drafts, commit]);

  return {
    text: typed ?? value,
    type: setTyped,
    commit,
    drop: () => {
      lost.delete(key);
      setTyped(null);
    },
  };
}
