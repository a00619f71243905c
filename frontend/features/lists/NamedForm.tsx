'use client';

import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useState } from 'react';

import { useAct } from '@/features/shell/act';
import { sameName } from '@/features/tasks/names';
import { Buttons } from '@/ui/Buttons';
import { Panel } from '@/ui/Panel';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

interface Props {
  readonly title: string;
  readonly nameLabel: string;
  /** As it was; empty for a new one. */
  readonly name: string;
  readonly otherNames: readonly string[];
  readonly canSave?: boolean;
  /** What only the server can say of the rest of the form: false where it is refused, and the form stays open. */
  readonly check?: () => Promise<boolean>;
  readonly onSave: (name: string) => Promise<unknown>;
  readonly onClose: () => void;
  /** Asks before; none for what is not there yet. */
  readonly removal?: { readonly title: string; readonly text: string; readonly run: () => Promise<unknown> };
  readonly children?: ReactNode;
}

/** What projects, tags and filters have in common: a name of their own, and that they can be deleted. */
export function NamedForm({
  title,
  nameLabel,
  name,
  otherNames,
  canSave = true,
  check = () => Promise.resolve(true),
  onSave,
  onClose,
  removal,
  children,
}: Props) {
  const act = useAct();
  const [typed, setTyped] = useState(name);
  const [isTried, setTried] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const wrong = nameProblem(typed, otherNames);

  const save = async () => {
    setTried(true);
    if (wrong !== null || !canSave || !(await check())) return;
    if (await act.keep(() => onSave(typed.trim()))) onClose();
  };
  const remove = async () => {
    if (removal !== undefined && (await act.keep(removal.run))) onClose();
  };

  if (isRemoving && removal !== undefined) {
    return (
      <Panel title={removal.title} size="sm" onClose={onClose}>
        <p>{removal.text}</p>
        <Buttons>
          <TextButton onClick={() => setRemoving(false)}>{words.shell.cancel}</TextButton>
          <TextButton look="danger" onClick={() => void remove()}>
            {words.shell.delete}
          </TextButton>
        </Buttons>
      </Panel>
    );
  }
  return (
    <Panel title={title} size="sm" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextInput
          data-autofocus
          label={nameLabel}
          value={typed}
          maxLength={100}
          error={isTried ? wrong : null}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {children}
        <Buttons>
          {removal === undefined ? null : (
            <TextButton onClick={() => setRemoving(true)}>{words.shell.delete}</TextButton>
          )}
          <TextButton type="submit" look="filled">
            {name === '' ? words.shell.create : words.shell.save}
          </TextButton>
        </Buttons>
      </form>
    </Panel>
  );
}

export function nameProblem(name: string, otherNames: readonly string[]): string | null {
  if (name.trim() === '') return words.shell.nameMissing;
  return otherNames.some((other) => sameName(other, name)) ? words.shell.nameTaken : null;
}
