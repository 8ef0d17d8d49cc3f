import type { CompiledPolicy } from '@holdpoint/policy';
import { callFault, judgeCall, readCall, type Judged } from '@holdpoint/policy/cases';

/** One line of output for a line that holds no readable call: what is refused doesn't pass. */
export interface Unjudged extends Judged {
  readonly error: { readonly code: string; readonly message: string };
  /** Counted from 1. */
  readonly line: number;
}

/** Judges a file of calls, one JSON object a line, one answer a line. Blank lines are passed over. */
export async function* judgeLines(
  policy: CompiledPolicy,
  chunks: AsyncIterable<Uint8Array>,
  now: () => Date,
): AsyncGenerator<Judged | Unjudged, void, undefined> {
  let line = 0;
  for await (const found of linesOf(chunks)) {
    line++;
    const bytes = line === 1 ? withoutMark(found) : found;
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
    const explanation = `Denied: this is no call that can be read. ${fault.message}`;
    return { effect: 'deny', rules: [], explanation, error: fault, line };
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

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Some editors and shells begin a file with it. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  const head = bytes.subarray(0, BYTE_ORDER_MARK.length);
  return BYTE_ORDER_MARK.equals(head) ? bytes.subarray(head.length) : bytes;
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
