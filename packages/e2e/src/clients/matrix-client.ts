import { z } from 'zod';
import type { Installed } from './installed.ts';

/** What a client made of one tool call. */
export type Seen =
  /** A tool result, as the model would read it. */
  | { readonly kind: 'result'; readonly isError: boolean; readonly text: string }
  /** The client itself ended the call: its own words. */
  | { readonly kind: 'gave-up'; readonly text: string };

export interface ClientWishes {
  readonly endpoint: string;
  readonly token: string;
  /** The client's own limit of one call; its default when absent. */
  readonly timeoutMs?: number;
  /** For what the client keeps on disk. */
  readonly folder: string;
}

/** A connected client. One that is a command starts anew for each call. */
export interface OpenClient {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Seen>;
  close(): Promise<void>;
}

/** One row of the matrix: a published client in the version that is installed here. */
export interface MatrixClient {
  readonly label: string;
  readonly package: Installed;
  /** How the client introduces itself to the gateway. */
  readonly introducesItselfAs: string;
  /** The revision it speaks with the gateway. */
  readonly revision: '2025-11-25' | '2026-07-28';
  /**
   * Short enough for a test, long enough for the call to be held first; `undefined` where nobody can
   * shorten the client's own limit.
   */
  readonly shortTimeoutMs: number | undefined;
  open(wishes: ClientWishes): Promise<OpenClient>;
}

const resultSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  isError: z.boolean().optional(),
});

export function seenResult(result: unknown): Seen {
  const { content, isError } = resultSchema.parse(result);
  return {
    kind: 'result',
    isError: isError === true,
    text: content.map((block) => block.text ?? '').join('\n'),
  };
}

/** Waits for a call of a library, whichever way it ends. */
export function seenCall(result: Promise<unknown>): Promise<Seen> {
  return result.then(seenResult, (error: unknown) => ({
    kind: 'gave-up',
    text: error instanceof Error ? error.message : String(error),
  }));
}
