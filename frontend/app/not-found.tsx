import Link from 'next/link';

import { words } from '@/words/en';

export default function NotFoundPage() {
  return (
    <main style={{ padding: 48, textAlign: 'center' }}>
      <h1>{words.shell.notFound}</h1>
      <p>{words.shell.notFoundText}</p>
      <Link href="/today">{words.shell.goToday}</Link>
    </main>
  );
}
