import classes from './Keys.module.css';

const SHOWN: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
  mod: 'Ctrl',
  alt: 'Alt',
  shift: 'Shift',
};

/** A shortcut, key by key. */
export function Keys({ of }: { of: string | undefined }) {
  if (of === undefined) return null;
  return (
    <span className={classes.keys}>
      {of.split(' ').flatMap((press, at) =>
        press.split('+').map((key) => (
          <kbd key={`${at} ${key}`} className={classes.key}>
            {SHOWN[key] ?? (key.length === 1 && key !== key.toLowerCase() ? `Shift ${key}` : key.toUpperCase())}
          </kbd>
        )),
      )}
    </span>
  );
}
