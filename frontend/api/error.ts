// A refusal of a service, for those who call it.
import * as z from 'zod/mini';

import type { Problem } from './schema';

const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.optional(z.string()),
  pointer: z.optional(z.string()),
});

/** What a service answered instead of what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly problem: Problem,
    /** How long the service wants to be left alone; null when it did not say. */
    readonly retryAfterMs: number | null,
  ) {
    super(problem.detail ?? problem.title);
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Reads the refusal out of an answer. One without a problem, as of a proxy, gets one of its status. */
export async function errorOf(response: Response): Promise<ApiError> {
  return new ApiError(problemOf(response, await response.text()), retryAfterMs(response.headers));
}

/** The problem in the text of an answer. */
export function problemOf(response: { status: number; statusText: string }, text: string): Problem {
  const parsed = Problem.safeParse(jsonOf(text));
  if (parsed.success) {
    return parsed.data as Problem; // Zod says `undefined` for what is absent; the generated type has no such fields then.
  }
  return { type: 'about:blank', title: response.statusText || `HTTP ${response.status}`, status: response.status };
}

/** `Retry-After` in milliseconds: services send whole seconds. */
export function retryAfterMs(headers: { get(name: string): string | null }): number | null {
  const text = headers.get('Retry-After');
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
