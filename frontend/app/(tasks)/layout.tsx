import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';

import { session } from '@/auth/session';
import { configFrom } from '@/config/config';
import { Shell } from '@/features/shell/Shell';

/** Lists are for people who are signed in. The browser chooses the list, by the address, so that it needs no server. */
export default async function TasksLayout({ children }: { children: ReactNode }) {
  const user = await session();
  if (user === null) redirect('/sign-in');
  return (
    <>
      <Shell session={{ user, config: configFrom(process.env) }} />
      {children}
    </>
  );
}
