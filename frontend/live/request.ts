// The request that carries a change to the server.
import { isFields } from './entity';
import type { Fields } from './entity';
import type { Action, Change, Sent } from './change';

export interface ApiRequest {
  readonly service: 'tasks' | 'notifications';
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Fields | null;
}

export function requestOf(change: Change, sent: Sent): ApiRequest {
  const { action } = change;
  return {
    service: action.kind === 'notification' ? 'notifications' : 'tasks',
    method: action.do === 'edit' ? 'PATCH' : action.do === 'delete' ? 'DELETE' : 'POST',
    path: pathOf(change),
    headers: headersOf(action, sent),
    body: bodyOf(action),
  };
}

const COLLECTION = { task: '/v1/tasks', project: '/v1/projects', tag: '/v1/tags', filter: '/v1/filters' } as const;

function pathOf({ action, target }: Change): string {
  if (action.kind === 'settings') {
    return '/v1/me';
  }
  if (action.kind === 'notification') {
    return `/v1/notifications/${target}/read`;
  }
  const collection = COLLECTION[action.kind];
  switch (action.do) {
    case 'create':
      return collection;
    case 'edit':
    case 'delete':
      return `${collection}/${target}${action.scope === null ? '' : `?scope=${action.scope}`}`;
    default:
      return `${collection}/${target}/${action.do}`;
  }
}

function headersOf(action: Action, sent: Sent): Record<string, string> {
  return {
    // The inbox knows no keys: reading twice is reading.
    ...(action.do === 'read' ? {} : { 'Idempotency-Key': sent.key }),
    ...(sent.ifMatch === null ? {} : { 'If-Match': `"${sent.ifMatch}"` }),
    ...(bodyOf(action) === null ? {} : { 'Content-Type': 'application/json' }),
  };
}

function bodyOf(action: Action): Fields | null {
  switch (action.do) {
    case 'create':
      return action.body;
    case 'edit':
      return action.patch;
    case 'move':
      return isFields(action.place) ? action.place : null;
    default:
      return null;
  }
}
