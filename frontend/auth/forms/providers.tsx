'use client';

import { Button, Divider, Stack } from '@mantine/core';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { type Provider, signInWith } from '../client';

interface Props {
  readonly providers: readonly Provider[];
  readonly next: string;
  readonly onFailure: (message: string) => void;
}

/** Ways in by an account elsewhere; nothing where none is configured. */
export function Providers({ providers, next, onFailure }: Props) {
  const [busy, setBusy] = useState<Provider | null>(null);
  if (providers.length === 0) {
    return null;
  }
  const start = (provider: Provider) => {
    setBusy(provider);
    signInWith(provider, next).catch((error: unknown) => {
      setBusy(null);
      onFailure(error instanceof Error ? error.message : words.failed.provider);
    });
  };
  return (
    <Stack>
      <Divider label={words.signIn.or} />
      {providers.map((provider) => (
        <Button key={provider} variant="default" loading={busy === provider} onClick={() => start(provider)}>
          {words.with[provider]}
        </Button>
      ))}
    </Stack>
  );
}
