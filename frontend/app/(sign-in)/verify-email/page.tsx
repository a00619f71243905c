import type { Metadata } from 'next';

import { Notice } from '@/auth/forms/notice';
import { VerifyEmailForm } from '@/auth/forms/verify-email-form';
import { signIn as words } from '@/words/sign-in';

export const metadata: Metadata = { title: `${words.verify.title} · ${words.product}` };

export default async function VerifyEmailPage({ searchParams }: PageProps<'/verify-email'>) {
  const { token } = await searchParams;
  if (typeof token !== 'string' || token === '') {
    const { reset, verify, signIn } = words;
    return <Notice title={reset.noTokenTitle} text={verify.noToken} link={signIn.title} href="/sign-in" />;
  }
  return <VerifyEmailForm token={token} />;
}
