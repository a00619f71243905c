// Which list an address shows. The address is the state: what is shown can be reloaded, shared and gone back to.

export type Route =
  | { readonly view: 'today' | 'upcoming' | 'all' | 'inbox' | 'search' | 'notifications' }
  | { readonly view: 'project' | 'tag' | 'filter'; readonly id: string };

export type View = Route['view'];

const PLAIN: readonly View[] = ['today', 'upcoming', 'all', 'inbox', 'search', 'notifications'];
const FOLDERS = { projects: 'project', tags: 'tag', filters: 'filter' } as const;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** None for an address that no list has. */
export function parseRoute(pathname: string): Route | null {
  const [first = '', id, ...rest] = pathname.split('/').filter((part) => part !== '');
  if (id === undefined) return isPlain(first) ? { view: first } : null;
  return isFolder(first) && rest.length === 0 && ID.test(id) ? { view: FOLDERS[first], id } : null;
}

export function pathOf(route: Route): string {
  return 'id' in route ? `/${route.view}s/${route.id}` : `/${route.view}`;
}

function isPlain(part: string): part is 'today' {
  return PLAIN.some((view) => view === part);
}

function isFolder(part: string): part is keyof typeof FOLDERS {
  return Object.hasOwn(FOLDERS, part);
}
