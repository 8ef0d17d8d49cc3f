import { isDeepStrictEqual } from 'node:util';
import { clientInfoOf, detectEra, missingEnvelopeKeys } from '../eras/era.ts';
import { decodeHeaderValue, encodeHeaderValue } from '../eras/header-value.ts';
import { checkModernHeaders, modernHeaders } from '../eras/modern-headers.ts';
import { digestInput } from '../frame/digest-input.ts';
import { type Frame, parseClientFrame, parseServerFrame } from '../frame/frame.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import { type JsonNode, toValue } from '../json/json-node.ts';
import { applyEdits, type TextEdit } from '../json/json-text.ts';
import { parseJson } from '../json/parse-json.ts';
import { McpError } from '../mcp.error.ts';
import { callTarget, cancelledRequestId, progressTokenOf } from '../methods/call-facts.ts';
import { SseDecoder, type SseEvent } from '../sse/sse-decoder.ts';
import { FRAME_SEEDS, HEADER_SEEDS, STREAM_SEEDS } from './frame-seeds.ts';
import { JSON_READERS } from './json-readers.ts';
import { mutate } from './mutate.ts';
import { decodeWholeStream } from './reference-sse.ts';
import { SeededRandom } from './seeded-random.ts';

/** What became of one case. */
export type CodecCase = 'accepted' | 'refused' | 'stream' | 'header' | 'edit';

/**
 * One mutated input through the codec. Four of eight cases are frames; the rest are streams,
 * headers and edits.
 *
 * @throws whatever breaks a promise, with the input in base64
 */
export function fuzzCodec(seed: number, index: number): CodecCase {
  const random = new SeededRandom(seed, index);
  switch (random.below(8)) {
    case 0:
      return checkStream(mutate(random.pick(STREAM_SEEDS), random), random);
    case 1:
      return checkHeader(mutate(random.pick(HEADER_SEEDS), random));
    case 2:
      return checkEdits(random.pick(FRAME_SEEDS), random);
    default:
      return checkFrame(mutate(random.pick(FRAME_SEEDS), random), random);
  }
}

/** Promise: what is accepted has one reading, whoever reads it; the rest is refused with a code. */
function checkFrame(bytes: Uint8Array, random: SeededRandom): CodecCase {
  checkServerFrame(bytes);
  const frame = refusedOr(bytes, () => parseClientFrame(bytes));
  if (frame === undefined) return 'refused';
  const { text, root } = frame;
  hold(frame.bytes === bytes, 'the bytes were copied', bytes);
  hold(Buffer.from(text).equals(bytes), 'the text is not the bytes', bytes);
  hold(isWhole(JSON.parse(text)), 'something stands beside the message', bytes);
  for (const reader of JSON_READERS) {
    const read = attempt(reader.name, bytes, () => reader.read(bytes, text));
    hold(read === reader.expected(root), `${reader.name} reads something else`, bytes);
  }
  const again = parseJson(canonicalJson(root), { mode: 'strict' });
  hold(canonicalJson(again) === canonicalJson(root), 'the canonical text reads otherwise', bytes);
  checkOffsets(frame, random);
  checkFacts(frame);
  return 'accepted';
}

/** Promise: what is accepted holds nothing that nobody judges. */
function isWhole(message: object): boolean {
  const own =
    'method' in message
      ? ['jsonrpc', 'id', 'method', 'params']
      : ['jsonrpc', 'id', 'result', 'error'];
  return Object.keys(message).every((key) => own.includes(key));
}

/** Promise: an upstream's frame is read exactly where JSON.parse reads it, and as it reads it. */
function checkServerFrame(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  const limits = { maxDepth: 4096 };
  const read = parseServerFrame(bytes, limits);
  const sameAsText = parseServerFrame(text, limits);
  hold(read.kind === sameAsText.kind, 'bytes and text are read differently', bytes);
  let tree: JsonNode;
  try {
    tree = parseJson(text, { mode: 'lenient', maxDepth: 4096 });
  } catch (error) {
    hold(error instanceof McpError, 'another error than McpError', bytes, error);
    hold(!canParse(text), 'JSON.parse reads what was refused', bytes);
    return;
  }
  const value = attempt('JSON.parse', bytes, () => JSON.parse(text) as unknown);
  const own = JSON.parse(JSON.stringify(toValue(tree), asNumber)) as unknown;
  const theirs = JSON.parse(JSON.stringify(value)) as unknown;
  hold(isDeepStrictEqual(own, theirs), 'JSON.parse reads something else', bytes);
}

/** Promise: every node knows where it stands, so that an edit changes that node and nothing else. */
function checkOffsets(frame: Frame, random: SeededRandom): void {
  const nodes = descendants(frame.root);
  const node = nodes[random.below(nodes.length)] ?? frame.root;
  const cut = parseJson(frame.text.slice(node.start, node.end), { mode: 'strict' });
  hold(canonicalJson(cut) === canonicalJson(node), 'a node stands elsewhere', frame.bytes);
  const edited = applyEdits(frame.text, [{ start: node.start, end: node.end, text: '"-"' }]);
  hold(edited.startsWith(frame.text.slice(0, node.start)), 'an edit moved text', frame.bytes);
  hold(edited.endsWith(frame.text.slice(node.end)), 'an edit moved text', frame.bytes);
  attempt('the edited frame', frame.bytes, () => JSON.parse(edited) as unknown);
}

/** Promise: whatever is asked of an accepted frame has an answer, and headers stay headers. */
function checkFacts(frame: Frame): void {
  const { message, bytes } = frame;
  attempt('the facts of a call', bytes, () => [
    detectEra(() => undefined, message),
    clientInfoOf(message),
    missingEnvelopeKeys(message),
    digestInput(frame),
    progressTokenOf(message),
    cancelledRequestId(message),
  ]);
  const { name, uri } = callTarget(message);
  hold(!/\uFEFF|\0/.test(name ?? uri ?? ''), 'a name that some would cut', bytes);
  const headers = new Map(Object.entries(modernHeaders(frame)));
  for (const value of headers.values())
    hold(/^[\t\x20-\x7e]*$/.test(value), 'a header value that is none', bytes);
  const check = checkModernHeaders((header) => headers.get(header), frame);
  const isClaimPlain = !(headers.get('MCP-Protocol-Version') ?? '').startsWith('=?');
  hold(check.ok || !isClaimPlain || startsWithMark(name ?? uri), 'own headers disagree', bytes);
}

/** Promise: however a stream is cut into chunks, it reads as the standard says. */
function checkStream(bytes: Uint8Array, random: SeededRandom): CodecCase {
  const decoder = new SseDecoder();
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(random.oneIn(2) ? 2 : 24);
    events.push(...decoder.push(bytes.slice(at, at + size)));
    at += size;
  }
  events.push(...decoder.end());
  const whole = decodeWholeStream(bytes);
  hold(isDeepStrictEqual(events, whole), 'a stream reads otherwise', bytes);
  return 'stream';
}

/** Promise: a value is decoded in one way or refused, and encoding it again changes nothing. */
function checkHeader(bytes: Uint8Array): CodecCase {
  const field = Buffer.from(bytes).toString('latin1');
  const value = decodeHeaderValue(field);
  if (value === undefined) return 'header';
  const back = decodeHeaderValue(encodeHeaderValue(value));
  hold(back === value || startsWithMark(value), 'a header value changes', bytes);
  return 'header';
}

/** Promise: edits are applied as they are, or refused as a whole. */
function checkEdits(text: string, random: SeededRandom): CodecCase {
  const edits: TextEdit[] = Array.from({ length: random.below(5) }, () => {
    const start = random.below(text.length + 2);
    return { start, end: start + random.below(12) - 1, text: 'x'.repeat(random.below(3)) };
  });
  const bytes = Buffer.from(JSON.stringify(edits));
  const edited = refusedOr(bytes, () => applyEdits(text, edits));
  if (edited === undefined) return 'edit';
  const change = edits.reduce((sum, edit) => sum + edit.text.length - (edit.end - edit.start), 0);
  hold(edited.length === text.length + change, 'an edit was lost', bytes);
  return 'edit';
}

function refusedOr<T>(bytes: Uint8Array, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    hold(error instanceof McpError, 'another error than McpError', bytes, error);
    return undefined;
  }
}

function attempt<T>(what: string, bytes: Uint8Array, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${what} failed: ${inBase64(bytes)}`, { cause: error });
  }
}

function hold(promise: boolean, broken: string, bytes: Uint8Array, cause?: unknown): void {
  if (!promise) throw new Error(`${broken}: ${inBase64(bytes)}`, { cause });
}

const inBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
/** A leading U+FEFF is refused in a header value, like everywhere else. */
const startsWithMark = (value: string | undefined) => value?.startsWith('\uFEFF') === true;
const asNumber = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? Number(value) : value;

function canParse(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function descendants(node: JsonNode): JsonNode[] {
  const children =
    node.kind === 'object'
      ? node.members.map(({ value }) => value)
      : node.kind === 'array'
        ? node.items
        : [];
  return [node, ...children.flatMap(descendants)];
}
