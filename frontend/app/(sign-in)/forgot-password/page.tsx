import type { Metadata } from 'next';

import { ForgotPasswordForm } from '@/auth/forms/forgot-password-form';
import { guestsOnly } from '@/auth/guest';
import { signIn as words } from '@/words/sign-in';

export const metadata: Metadata = { title: `${words.forgot.title} · ${words.product}` };

export default async function ForgotPasswordPage() {
  await guestsOnly();
  return <ForgotPasswordForm />;
}
