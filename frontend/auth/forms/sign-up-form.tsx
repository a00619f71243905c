'use client';

import { Anchor, Stack, Text } from '@mantine/core';
import Link from 'next/link';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { signUp } from '../client';
import { HOME } from '../return-path';
import { checks } from './checks';
import { EmailField, NameField, PasswordField } from './fields';
import { Frame } from './frame';
import { Notice } from './notice';
import { useAuthForm } from './use-auth-form';

const CHECKS = { name: checks.name, email: checks.email, password: checks.newPassword };

export function SignUpForm() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAuthForm(CHECKS, async ({ name, email, password }) => {
    const outcome = await signUp(name, email, password);
    if (outcome === 'signed-in') window.location.assign(HOME);
    else setSentTo(email);
  });
  if (sentTo !== null) {
    const { sentTitle, sent } = words.signUp;
    return <Notice title={sentTitle} text={sent(sentTo)} link={words.forgot.back} href="/sign-in" />;
  }
  return (
    <Stack>
      <Frame title={words.signUp.title} submit={words.signUp.submit} form={form}>
        <NameField error={form.errors.name} />
        <EmailField error={form.errors.email} />
        <PasswordField error={form.errors.password} isNew />
      </Frame>
      <Text size="sm">
        {words.signUp.other}{' '}
        <Anchor component={Link} href="/sign-in" inherit underline="always">
          {words.signUp.otherLink}
        </Anchor>
      </Text>
    </Stack>
  );
}
