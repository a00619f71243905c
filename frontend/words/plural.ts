// Which form of a word goes with a number.
const rules = new Intl.PluralRules('en');

/** `3 tasks`, `1 task`. */
export function counted(count: number, one: string, other: string): string {
  return `${count.toLocaleString('en')} ${plural(count, one, other)}`;
}

export function plural(count: number, one: string, other: string): string {
  return rules.select(count) === 'one' ? one : other;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(items);
}
