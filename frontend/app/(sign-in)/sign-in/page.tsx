import type { Metadata } from 'next';

import type { Provider } from '@/auth/client';
import { SignInForm } from '@/auth/forms/sign-in-form';
import { guestsOnly } from '@/auth/guest';
import { returnPath } from '@/auth/return-path';
import { serverConfig } from '@/config/running';
import { signIn as words } from '@/words/sign-in';

export const metadata: Metadata = { title: `${words.signIn.title} · ${words.product}` };

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const { next, error } = await searchParams;
  const path = returnPath(next);
  await guestsOnly(path);
  const { google, github } = serverConfig();
  const providers: Provider[] = [
    ...(google === null ? [] : ['google' as const]),
    ...(github === null ? [] : ['github' as const]),
  ];
  return <SignInForm next={path} providers={providers} providerFailed={error !== undefined} />;
}
