// What a form refuses before it asks the server.
import { signIn as words } from '@/words/sign-in';

import type { Field } from '../failure';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../passwords';

export type Errors = Partial<Record<Field, string>>;
export type Values = Readonly<Record<Field, string>>;

type Check = (text: string) => string | undefined;

const missing =
  (message: string): Check =>
  (text) =>
    text.trim() === '' ? message : undefined;

export const checks = {
  name: missing(words.missing.name),
  email: (text: string) => (/^\S+@\S+\.\S+$/.test(text.trim()) ? undefined : words.missing.email),
  password: missing(words.missing.password),
  newPassword: (text: string) => {
    if (text.length < SHORTEST_PASSWORD) return words.failed.short;
    return text.length > LONGEST_PASSWORD ? words.failed.long : undefined;
  },
};

/** The errors of those fields that have a check. */
export function errorsOf(values: Values, wanted: Partial<Record<Field, Check>>): Errors {
  const errors: Errors = {};
  for (const field of ['name', 'email', 'password'] as const) {
    const error = wanted[field]?.(values[field]);
    if (error !== undefined) errors[field] = error;
  }
  return errors;
}
