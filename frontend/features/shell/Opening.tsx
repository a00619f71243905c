import { IconDatabaseOff } from '@tabler/icons-react';

import { Hint } from '@/ui/Hint';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

import classes from './Opening.module.css';

/** Before there is anything to show. */
export function Opening({ failed }: { failed: boolean }) {
  return (
    <main className={classes.opening} aria-busy={!failed}>
      {failed ? (
        <Hint icon={IconDatabaseOff} title={words.shell.openFailed} text={words.shell.openFailedText} role="alert">
          <TextButton onClick={() => location.reload()}>{words.shell.tryAgain}</TextButton>
        </Hint>
      ) : (
        <>
          <span className={classes.spinner} aria-hidden />
          <p role="status">{words.shell.loading}</p>
        </>
      )}
    </main>
  );
}
