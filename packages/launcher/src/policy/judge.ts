import { decide, type CompiledPolicy, type Effect } from '@holdpoint/policy';
import { callFault, readCall, type FiledCall } from './call-line.ts';

/** One line of output for a call. */
export interface Judged {
  readonly effect: Effect;
  /** Ids of the rules that the effect comes from; none where the default applies. */
  readonly rules: readonly string[];
  readonly explanation: string;
}

/** One line of output for a line that holds no readable call. */
export interface Unjudged {
  readonly error: { readonly code: string; readonly message: string };
  /** Counted from 1. */
  readonly line: number;
}

/** What the gateway would do with the call, as far as the policy alone can tell. */
export function judgeCall(policy: CompiledPolicy, { kind, call }: FiledCall): Judged {
  if (kind === 'never-held') {
    return { effect: 'allow', rules: [], explanation: `Allowed: this method is never held.` };
  }
  const decision = decide(policy, call);
  const denied = decision.effect === 'deny' && decision.source === 'rule';
  if (kind === 'list' && !denied) {
    return {
      effect: 'allow',
      rules: [],
      explanation: 'Allowed: a list passes, without what is denied to the caller.',
    };
  }
  return {
    effect: decision.effect,
    rules: decision.deciding.map((rule) => rule.ruleId),
    explanation: decision.explanation,
  };
}

/** Judges a file of calls, one JSON object a line, one answer a line. Blank lines are passed over. */
export async function* judgeLines(
  policy: CompiledPolicy,
  chunks: AsyncIterable<Uint8Array>,
  now: () => Date,
): AsyncGenerator<Judged | Unjudged, void, undefined> {
  let line = 0;
  for await (const bytes of linesOf(chunks)) {
    line++;
    if (bytes.every(isWhiteSpace)) continue;
    yield judgeLine(policy, bytes, line, now());
  }
}

function judgeLine(
  policy: CompiledPolicy,
  bytes: Uint8Array,
  line: number,
  now: Date,
): Judged | Unjudged {
  try {
    return judgeCall(policy, readCall(bytes, now));
  } catch (error) {
    const fault = callFault(error);
    if (fault === undefined) throw error;
    return { error: fault, line };
  }
}

const LINE_FEED = 0x0a;

/** Splits bytes, not text: a line that isn't UTF-8 is a fault of that line alone. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let begun: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, at)]);
      begun = [];
      from = at + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
