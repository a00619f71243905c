import classes from './Notice.module.css';

/** A line above a list that says why it may not be all. */
export function Notice({ text }: { text: string | null }) {
  return text === null ? null : (
    <p className={classes.notice} role="status">
      {text}
    </p>
  );
}
