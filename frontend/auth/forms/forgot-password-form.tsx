'use client';

import { Anchor, Stack, Text } from '@mantine/core';
import Link from 'next/link';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { requestNewPassword } from '../client';
import { checks } from './checks';
import { EmailField } from './fields';
import { Frame } from './frame';
import { Notice } from './notice';
import { useAuthForm } from './use-auth-form';

export function ForgotPasswordForm() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAuthForm({ email: checks.email }, async ({ email }) => {
    await requestNewPassword(email);
    setSentTo(email);
  });
  if (sentTo !== null) {
    const { sentTitle, sent, back } = words.forgot;
    return <Notice title={sentTitle} text={sent(sentTo)} link={back} href="/sign-in" />;
  }
  return (
    <Stack>
      <Frame title={words.forgot.title} submit={words.forgot.submit} form={form}>
        <Text size="sm">{words.forgot.text}</Text>
        <EmailField error={form.errors.email} />
      </Frame>
      <Anchor component={Link} href="/sign-in" size="sm">
        {words.forgot.back}
      </Anchor>
    </Stack>
  );
}
