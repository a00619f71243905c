import { IconAlertTriangle } from '@tabler/icons-react';

import { Hint } from '@/ui/Hint';
import { TextButton } from '@/ui/TextButton';
import { words } from '@/words/en';

export function Crashed() {
  return (
    <Hint icon={IconAlertTriangle} title={words.shell.crashed} text={words.shell.crashedText} role="alert">
      <TextButton onClick={() => location.reload()}>{words.shell.reload}</TextButton>
    </Hint>
  );
}
