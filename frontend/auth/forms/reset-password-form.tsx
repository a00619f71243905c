'use client';

import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

import { setNewPassword } from '../client';
import { checks } from './checks';
import { PasswordField } from './fields';
import { Frame } from './frame';
import { Notice } from './notice';
import { useAuthForm } from './use-auth-form';

export function ResetPasswordForm({ token }: { readonly token: string }) {
  const [done, setDone] = useState(false);
  const form = useAuthForm({ password: checks.newPassword }, async ({ password }) => {
    await setNewPassword(token, password);
    setDone(true);
  });
  if (done) {
    return <Notice title={words.reset.doneTitle} text={words.reset.done} link={words.signIn.title} href="/sign-in" />;
  }
  return (
    <Frame title={words.reset.title} submit={words.reset.submit} form={form}>
      <PasswordField error={form.errors.password} label={words.newPassword} isNew />
    </Frame>
  );
}
