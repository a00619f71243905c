import { IconMapQuestion } from '@tabler/icons-react';

import { Hint } from '@/ui/Hint';
import { words } from '@/words/en';

import { Link } from './Link';

/** The address is no list, or the list is gone. */
export function NotFound() {
  return (
    <Hint isPage icon={IconMapQuestion} title={words.shell.notFound} text={words.shell.notFoundText}>
      <Link href="/today">{words.shell.goToday}</Link>
    </Hint>
  );
}
