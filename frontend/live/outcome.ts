// What an answer to a change means.
import type { Problem } from '@/api/schema';

import type { Action, Theirs } from './change';
import { isFields } from './entity';
import type { Fields } from './entity';

/** An answer as it came; `lost` when there was none, so that nobody knows whether it was carried out. */
export type Answer =
  | { readonly is: 'lost' }
  | {
      readonly is: 'body';
      readonly body: Fields | null;
      readonly version: number | null;
      readonly position: number | null;
    }
  | { readonly is: 'problem'; readonly problem: Problem; readonly retryAfterMs: number | null };

export type Outcome =
  /** It is carried out; `body` is what came of it, null where nothing is left. */
  | {
      readonly is: 'done';
      readonly body: Fields | null;
      readonly version: number | null;
      readonly position: number | null;
    }
  /** What was to be created was there already, under this id. */
  | { readonly is: 'exists'; readonly id: string; readonly problem: Problem }
  /** It was not carried out, as the thing is another version now. */
  | { readonly is: 'changed'; readonly theirs: Theirs }
  /** The same request is to be sent again. `everything` waits when it is not about this one. */
  | { readonly is: 'later'; readonly afterMs: number | null; readonly waits: 'everything' | 'this' }
  /** The token was not taken: again with another one. */
  | { readonly is: 'token' }
  | { readonly is: 'refused'; readonly problem: Problem };

export function outcomeOf(action: Action, answer: Answer): Outcome {
  switch (answer.is) {
    case 'lost':
      return { is: 'later', afterMs: null, waits: 'everything' };
    case 'body':
      return { ...answer, is: 'done' };
    case 'problem':
      return ofProblem(action, answer.problem, answer.retryAfterMs);
  }
}

const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

function ofProblem(action: Action, problem: Problem, afterMs: number | null): Outcome {
  if (BUSY.has(problem.status)) {
    return { is: 'later', afterMs, waits: 'everything' };
  }
  if (problem.status >= 500 || problem.type.endsWith(':idempotency-key-in-flight')) {
    return { is: 'later', afterMs, waits: 'this' };
  }
  switch (problem.status) {
    case 401:
      return { is: 'token' };
    case 404:
      return ofNothing(action, problem);
    case 409:
      return ofNamesake(action, problem);
    case 412:
      return ofOtherVersion(problem);
    default:
      return { is: 'refused', problem };
  }
}

function ofNothing(action: Action, problem: Problem): Outcome {
  const isOver = action.do === 'delete' || action.do === 'read';
  return isOver ? { is: 'done', body: null, version: null, position: null } : { is: 'refused', problem };
}

/** There is one with this name: ours, which was sent once before, or another device's. */
function ofNamesake(action: Action, problem: Problem): Outcome {
  const id = (problem as unknown as Fields)[`${action.kind}_id`]; // An extension member, see RFC 9457.
  const isNamesake = action.do === 'create' && typeof id === 'string';
  return isNamesake ? { is: 'exists', id, problem } : { is: 'refused', problem };
}

function ofOtherVersion(problem: Problem): Outcome {
  const { current, current_version: version } = problem as unknown as Fields; // Extension members again.
  return isFields(current) && typeof version === 'number'
    ? { is: 'changed', theirs: { version, body: current } }
    : { is: 'refused', problem };
}
