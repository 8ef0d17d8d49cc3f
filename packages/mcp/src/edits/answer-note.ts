import type { Frame } from '../frame/frame.ts';
import { allMembers, type JsonNode } from '../json/json-node.ts';
import { quoteJson, type TextEdit } from '../json/json-text.ts';

type JsonObjectNode = Extract<JsonNode, { kind: 'object' }>;

/** What the gateway adds to an upstream's answer. */
export interface AnswerNote {
  /** What a model reads. */
  readonly text: string;
  /** What a program reads: a member of `_meta`. */
  readonly key: string;
  /** JSON text. */
  readonly value: string;
}

/**
 * Edits that add a note to the answer of a `tools/call`. `structuredContent` stays as it is, so the
 * answer still satisfies its `outputSchema`; the text goes behind every block of the upstream's, since
 * clients read the first one as the twin of `structuredContent`. An error carries it in its message. An
 * answer that ends only a round (`input_required`, `task`) has no content, and gets the member of `_meta`.
 */
export function noteInAnswer(frame: Frame, note: AnswerNote): TextEdit[] {
  const { message, root } = frame;
  if (message.kind === 'error')
    return allMembers(root, 'error').flatMap((error) => inError(error, note));
  if (message.kind !== 'result') return [];
  return allMembers(root, 'result')
    .filter((result) => result.kind === 'object')
    .flatMap((result) => [...inContent(result, note), ...inMeta(result, note)]);
}

function inContent(result: JsonObjectNode, { text }: AnswerNote): TextEdit[] {
  const block = `{"type":"text","text":${quoteJson(text)}}`;
  return allMembers(result, 'content').flatMap((content) =>
    content.kind === 'array'
      ? [insertion(content.end - 1, content.items.length > 0 ? `,${block}` : block)]
      : [],
  );
}

function inMeta(result: JsonObjectNode, { key, value }: AnswerNote): TextEdit[] {
  const said = `${quoteJson(key)}:${value}`;
  const present = allMembers(result, '_meta').filter((meta) => meta.kind === 'object');
  if (present.length > 0) return present.map((meta) => asFirst(meta, said));
  // One that is no object is not the gateway's to repair.
  return allMembers(result, '_meta').length > 0 ? [] : [asFirst(result, `"_meta":{${said}}`)];
}

function inError(error: JsonNode, { text }: AnswerNote): TextEdit[] {
  return allMembers(error, 'message').flatMap(({ kind, end }) =>
    kind === 'string' ? [insertion(end - 1, quoteJson(` ${text}`).slice(1, -1))] : [],
  );
}

function asFirst(object: JsonObjectNode, memberText: string): TextEdit {
  return insertion(object.start + 1, object.members.length > 0 ? `${memberText},` : memberText);
}

function insertion(at: number, text: string): TextEdit {
  return { start: at, end: at, text };
}
