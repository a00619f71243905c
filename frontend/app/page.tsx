import { redirect } from 'next/navigation';

import { HOME } from '@/auth/return-path';

export default function Home() {
  redirect(HOME);
}
