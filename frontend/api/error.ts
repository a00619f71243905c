// A refusal of a service, for those who call it.
import type { Problem } from './schema';

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
  const said = jsonOf(text);
  if (isProblem(said)) {
    return said;
  }
  return { type: 'about:blank', title: response.statusText || `HTTP ${response.status}`, status: response.status };
}

/** `Retry-After` in milliseconds: services send whole seconds. */
export function retryAfterMs(headers: { get(name: string): string | null }): number | null {
  const text = headers.get('Retry-After');
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null;
}

function isProblem(said: unknown): said is Problem {
  if (typeof said !== 'object' || said === null) {
    return false;
  }
  const { type, title, status, detail, pointer } = said as Record<keyof Problem, unknown>; // Looked at field by field.
  const areTexts = [type, title, detail ?? '', pointer ?? ''].every((field) => typeof field === 'string');
  return areTexts && typeof status === 'number';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
