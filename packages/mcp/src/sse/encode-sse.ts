import { McpError } from '../mcp.error.ts';

/** What {@link encodeSseEvent} writes. */
export interface SseFields {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  /** Milliseconds before a client reconnects. */
  readonly retry?: number;
}

const LINE_BREAK = /\r\n|\r|\n/;

/**
 * One whole event, ended by its blank line. Data with line breaks becomes several data
 * lines, which read back joined by `\n`.
 *
 * @throws McpError `invalid_sse_field` for a line break in `event` or `id`, which would
 * let whoever chose them forge further events
 */
export function encodeSseEvent({ event, id, data, retry }: SseFields): string {
  const lines: string[] = [];
  if (event !== undefined) lines.push(`event: ${singleLine(event)}`);
  if (id !== undefined) lines.push(`id: ${singleLine(id)}`);
  if (retry !== undefined) lines.push(`retry: ${retry}`);
  for (const line of data?.split(LINE_BREAK) ?? []) lines.push(`data: ${line}`);
  return `${lines.join('\n')}\n\n`;
}

/**
 * A comment, which keeps a connection awake and means nothing to the client. Without a blank line
 * behind it: a widespread parser (httpx-sse) takes that one for an empty message once an id was seen.
 */
export function encodeSseComment(text: string): string {
  return `${text
    .split(LINE_BREAK)
    .map((line) => `: ${line}`)
    .join('\n')}\n`;
}

function singleLine(value: string): string {
  if (LINE_BREAK.test(value)) throw new McpError('invalid_sse_field');
  return value;
}
