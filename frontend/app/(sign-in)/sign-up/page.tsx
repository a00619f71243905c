import type { Metadata } from 'next';

import { SignUpForm } from '@/auth/forms/sign-up-form';
import { guestsOnly } from '@/auth/guest';
import { signIn as words } from '@/words/sign-in';

export const metadata: Metadata = { title: `${words.signUp.title} · ${words.product}` };

export default async function SignUpPage() {
  await guestsOnly();
  return <SignUpForm />;
}
