'use client';

import { Text } from '@mantine/core';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { confirmEmail } from '../client';
import { Frame } from './frame';
import { Notice } from './notice';
import { useAuthForm } from './use-auth-form';

const CHECKS = {};

export function VerifyEmailForm({ token }: { readonly token: string }) {
  const [done, setDone] = useState(false);
  const form = useAuthForm(CHECKS, async () => {
    await confirmEmail(token);
    setDone(true);
  });
  if (done) {
    return <Notice title={words.verify.doneTitle} text={words.verify.done} link={words.signIn.title} href="/sign-in" />;
  }
  return (
    <Frame title={words.verify.title} submit={words.verify.submit} form={form}>
      <Text size="sm">{words.verify.text}</Text>
    </Frame>
  );
}
