// Finding tags and projects by their names, as the server compares them.
import type { Project, Tag } from '@/api/schema';
import type { Snapshot } from '@/live/live';

export function tagNamed({ tags }: Pick<Snapshot, 'tags'>, name: string): Tag | undefined {
  return named(tags, name);
}

export function projectNamed({ projects }: Pick<Snapshot, 'projects'>, name: string): Project | undefined {
  return named(projects, name);
}

export function sameName(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

function named<T extends { readonly name: string }>(items: ReadonlyMap<string, T>, name: string): T | undefined {
  return [...items.values()].find((item) => sameName(item.name, name));
}

/** Case makes no difference between two names, nor does how a letter is composed. */
function folded(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}
