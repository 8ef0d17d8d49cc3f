import {
  apiErrorSchema,
  ERRORS,
  meSchema,
  signedOutSchema,
  type ErrorCode,
} from '@holdpoint/contracts';
import { noteServerTime } from './clock.ts';

/** What every zod schema of the contracts can do; keeps zod itself out of the console's imports. */
export interface Schema<T> {
  parse(value: unknown): T;
}

export type FailureCode =
  | ErrorCode
  | 'network'
  | 'unexpected_answer'
  | 'nothing_shown'
  | 'insecure_page'
  | 'passkey_cancelled';

/** The console's one error: an API call that did not do what was asked. `message` is safe to show. */
export class ApiFailure extends Error {
  readonly code: FailureCode;
  readonly fields: Readonly<Record<string, string>>;
  readonly details: unknown;

  constructor(
    code: FailureCode,
    message: string,
    options: { fields?: Record<string, string>; details?: unknown; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ApiFailure';
    this.code = code;
    this.fields = options.fields ?? {};
    this.details = options.details;
  }
}

/** Anything thrown, as a failure that a page can show. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure('unexpected_answer', 'The page failed on its own. Reload it.', {
    cause: error,
  });
}

let csrfToken: string | null = null;

export function get<T>(path: string, schema: Schema<T>): Promise<T> {
  return exchange(path, { method: 'GET' }, schema);
}

/** A write. The CSRF token is fetched when there is none yet, and once more when it went stale. */
export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  schema: Schema<T>,
): Promise<T> {
  try {
    return await exchange(path, await withToken(method, body), schema);
  } catch (error) {
    // A `csrf` refusal comes before anything happened, so asking again repeats nothing.
    if (!(error instanceof ApiFailure) || error.code !== 'csrf') throw error;
    csrfToken = null;
    return exchange(path, await withToken(method, body), schema);
  }
}

/** A write that is answered line by line, as JSON; leaving early ends what the gateway does for it. */
export async function* sendForLines<T>(
  path: string,
  body: unknown,
  schema: Schema<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const ask = async () => call(path, { ...(await withToken('POST', body)), signal });
  let response = await ask();
  if (response.status === 403) {
    const failure = await failureOf(response);
    if (failure.code !== 'csrf') throw failure;
    csrfToken = null;
    response = await ask();
  }
  if (response.status === 401) return leaveForSignIn();
  if (!response.ok || response.body === null) throw await failureOf(response);
  for await (const line of linesOf(response.body)) yield parsed(schema, line);
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      yield* lines.filter((line) => line !== '');
      if (done) return;
    }
  } catch (cause) {
    throw new ApiFailure('network', 'The gateway stopped answering.', { cause });
  } finally {
    // Told or not: whoever stops reading doesn't want the rest.
    void reader.cancel().catch(() => undefined);
  }
}

function parsed<T>(schema: Schema<T>, line: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw unknownForm(cause);
  }
}

function unknownForm(cause: unknown): ApiFailure {
  return new ApiFailure(
    'unexpected_answer',
    'The gateway answered in a form this page does not know. Reload the page; if that does not help, console and gateway are of different versions.',
    { cause },
  );
}

/** Ends the session here and, where it has a page for that, at the identity provider. */
export async function signOut(): Promise<void> {
  const { endSession } = await send('POST', '/auth/logout', {}, signedOutSchema);
  window.location.assign(endSession ?? '/');
}

async function withToken(method: string, body: unknown): Promise<RequestInit> {
  csrfToken ??= (await get('/api/me', meSchema)).csrfToken;
  return {
    method,
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(body),
    // What is taken back is often so because the page is being left: the browser then still sends it.
    keepalive: method === 'DELETE',
  };
}

async function exchange<T>(path: string, init: RequestInit, schema: Schema<T>): Promise<T> {
  const response = await call(path, init);
  if (response.status === 401) return leaveForSignIn();
  if (!response.ok) throw await failureOf(response);
  try {
    return schema.parse(await response.json());
  } catch (cause) {
    throw unknownForm(cause);
  }
}

async function call(path: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, { ...init, cache: 'no-store', redirect: 'error' });
    noteServerTime(response.headers.get('date'));
    return response;
  } catch (cause) {
    throw new ApiFailure('network', 'The gateway could not be reached.', { cause });
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => null);
  const parsed = apiErrorSchema.safeParse(body);
  if (!parsed.success) {
    return new ApiFailure(
      'unexpected_answer',
      `The gateway answered ${response.status} without saying why.`,
    );
  }
  const { code, message, fields, details } = parsed.data.error;
  return new ApiFailure(isErrorCode(code) ? code : 'unexpected_answer', message, {
    ...(fields === undefined ? {} : { fields }),
    details,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Never resolves: the page is being left, and nothing on it should react any more. */
function leaveForSignIn(): Promise<never> {
  const { pathname, search, hash } = window.location;
  window.location.assign(`/auth/login?return=${encodeURIComponent(pathname + search + hash)}`);
  return new Promise(() => undefined);
}
