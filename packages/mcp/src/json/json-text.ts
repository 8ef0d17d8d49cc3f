import { McpError } from '../mcp.error.ts';

/** Replaces the characters `start` to `end` (exclusive) of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies edits and leaves every other character as it was. Order does not matter;
 * edits may touch but not overlap.
 *
 * @throws McpError `invalid_edit`
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  if (edits.length === 0) return text;
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) {
      throw new McpError('invalid_edit');
    }
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** A string as a JSON literal. Lone surrogates come out as escapes, so it is always valid UTF-8. */
export function quoteJson(value: string): string {
  return JSON.stringify(value);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 and replaces nothing.
 *
 * @throws McpError `invalid_utf8`, `byte_order_mark`
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = strictDecoder.decode(bytes);
  } catch (cause) {
    throw new McpError('invalid_utf8', undefined, { cause });
  }
  if (text.startsWith('\uFEFF')) throw new McpError('byte_order_mark');
  return text;
}
