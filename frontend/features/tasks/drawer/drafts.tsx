'use client';

// What is typed in the drawer is never lost: it is kept when the field is left, when the drawer closes and when the page is
// hidden or left; and what could not be kept is in its field again when the drawer opens the next time.
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
/** Milliseconds without a key. */
const PAUSE = 500;

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
 * was kept. With `whileTyping`, it is also kept after a pause, and stays in the field as it was typed until that is left.
 */
export function useDraft(
  key: string,
  value: string,
  save: (text: string) => Promise<boolean>,
  { whileTyping = false }: { whileTyping?: boolean } = {},
): Draft {
  const [typed, setTyped] = useState<string | null>(() => lost.get(key) ?? null);
  // Leaving a field, closing the drawer and unmounting come at once, before anything is rendered anew.
  const latest = useRef(typed);
  const sent = useRef<Sent | null>(null);
  const now = useRef({ value, save });
  useEffect(() => {
    now.current = { value, save };
  });

  const put = useCallback((text: string | null) => {
    latest.current = text;
    if (text === null) sent.current = null;
    setTyped(text);
  }, []);

  const send = useCallback((): Promise<boolean> => {
    const text = latest.current;
    if (text === null) return Promise.resolve(true);
    // The same text is kept once, however often it is asked for.
    if (sent.current?.text === text) return sent.current.kept;
    if (sent.current === null && text === now.current.value) return Promise.resolve(true);
    const kept = now.current.save(text).then((isKept) => {
      if (isKept) lost.delete(key);
      else lost.set(key, text);
      if (!isKept && sent.current?.kept === kept) sent.current = null;
      return isKept;
    });
    sent.current = { text, kept };
    return kept;
  }, [key]);

  const commit = useCallback(async () => {
    const text = latest.current;
    const isKept = await send();
    // More may have been typed meanwhile.
    if (isKept && latest.current === text) put(null);
    return isKept;
  }, [send, put]);
  useCommits(commit);

  useEffect(() => {
    if (!whileTyping || typed === null) return;
    const timer = setTimeout(() => void send(), PAUSE);
    return () => clearTimeout(timer);
  }, [whileTyping, typed, send]);

  return {
    text: typed ?? value,
    type: put,
    commit,
    drop: () => {
      lost.delete(key);
      put(null);
    },
  };
}

interface Sent {
  readonly text: string;
  readonly kept: Promise<boolean>;
}

function useCommits(commit: Commit): void {
  const drafts = useContext(DraftsContext);
  useEffect(() => {
    const leave = () => void commit();
    const hidden = () => {
      if (document.visibilityState === 'hidden') leave();
    };
    const unregister = drafts?.register(commit);
    document.addEventListener('visibilitychange', hidden);
    window.addEventListener('pagehide', leave);
    return () => {
      unregister?.();
      document.removeEventListener('visibilitychange', hidden);
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [drafts, commit]);
}
