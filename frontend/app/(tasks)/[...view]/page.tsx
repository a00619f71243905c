import { notFound } from 'next/navigation';

import { parseRoute } from '@/features/shell/route';

/** There is nothing on the page but the shell around it. */
export default async function ListPage({ params }: PageProps<'/[...view]'>) {
  const { view } = await params;
  if (parseRoute(`/${view.join('/')}`) === null) notFound();
  return null;
}
