// Checks of what comes in from outside. Each answers the value as what it is, or throws and says where it is something else.
// Zod does the same on the server; here it would be a tenth of the first load.
import type { Fields } from './entity';

export type Check<T> = (value: unknown, where?: string) => T;

type Shape = Readonly<Record<string, Check<unknown>>>;
type Checked<S extends Shape> = Fields & { [Name in keyof S]: ReturnType<S[Name]> };

export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

export const text: Check<string> = (value, where) => (typeof value === 'string' ? value : fail('a text', where));
export const flag: Check<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : fail('true or false', where);

/** A whole number from 0 on. */
export const count: Check<number> = (value, where) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail('a whole number', where);

export const instant: Check<string> = (value, where) =>
  Number.isNaN(Date.parse(text(value, where))) ? fail('a moment', where) : text(value, where);

/** What is absent or null is undefined. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, where) => (value === undefined || value === null ? undefined : check(value, where));
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, where = '') =>
    Array.isArray(value) ? value.map((each: unknown, at) => check(each, `${where}/${at}`)) : fail('a list', where);
}

/** Fields that are not named are kept as they are: they are shown by who knows them. */
export function object<S extends Shape>(shape: S): Check<Checked<S>> {
  return (value, where = '') => {
    const fields = anything(value, where);
    for (const [name, check] of Object.entries(shape)) check(fields[name], `${where}/${name}`);
    return fields as Checked<S>; // Each of them was checked just now.
  };
}

/** Fields of any names. */
export const anything: Check<Fields> = (value, where) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields) // An object has fields, whatever they are.
    : fail('an object', where);

function fail(wanted: string, where = ''): never {
  throw new Unexpected(`${where === '' ? 'the message' : where} is not ${wanted}`);
}
