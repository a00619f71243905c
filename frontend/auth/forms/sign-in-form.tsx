'use client';

import { Anchor, Stack, Text } from '@mantine/core';
import Link from 'next/link';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { type Provider, signIn } from '../client';
import { AuthFailure } from '../failure';
import { checks } from './checks';
import { EmailField, PasswordField } from './fields';
import { Frame } from './frame';
import { Notice } from './notice';
import { Providers } from './providers';
import { useAuthForm } from './use-auth-form';

const CHECKS = { email: checks.email, password: checks.password };

interface Props {
  /** A path of this origin. */
  readonly next: string;
  readonly providers: readonly Provider[];
  /** A provider sent the person back without success. */
  readonly providerFailed: boolean;
}

export function SignInForm({ next, providers, providerFailed }: Props) {
  const [unconfirmed, setUnconfirmed] = useState<string | null>(null);
  const failedBefore = providerFailed ? words.failed.provider : null;
  const form = useAuthForm(
    CHECKS,
    async ({ email, password }) => {
      try {
        await signIn(email, password);
        window.location.assign(next);
      } catch (error) {
        if (!(error instanceof AuthFailure) || error.code !== 'EMAIL_NOT_VERIFIED') throw error;
        setUnconfirmed(email);
      }
    },
    failedBefore,
  );
  if (unconfirmed !== null) {
    const { title, text } = words.confirmFirst;
    return <Notice title={title} text={text(unconfirmed)} link={words.forgot.back} href="/sign-in" />;
  }
  return (
    <Stack>
      <Frame title={words.signIn.title} submit={words.signIn.submit} form={form}>
        <EmailField error={form.errors.email} />
        <PasswordField error={form.errors.password} />
        <Anchor component={Link} href="/forgot-password" size="sm">
          {words.signIn.forgot}
        </Anchor>
      </Frame>
      <Providers providers={providers} next={next} onFailure={form.fail} />
      <Text size="sm">
        {words.signIn.other}{' '}
        <Anchor component={Link} href="/sign-up" inherit underline="always">
          {words.signIn.otherLink}
        </Anchor>
      </Text>
    </Stack>
  );
}
