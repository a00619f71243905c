import type { Metadata } from 'next';

import { Notice } from '@/auth/forms/notice';
import { ResetPasswordForm } from '@/auth/forms/reset-password-form';
import { signIn as words } from '@/words/sign-in';

export const metadata: Metadata = { title: `${words.reset.title} · ${words.product}` };

export default async function ResetPasswordPage({ searchParams }: PageProps<'/reset-password'>) {
  const { token } = await searchParams;
  if (typeof token !== 'string' || token === '') {
    const { noTokenTitle, noToken, again } = words.reset;
    return <Notice title={noTokenTitle} text={noToken} link={again} href="/forgot-password" />;
  }
  return <ResetPasswordForm token={token} />;
}
