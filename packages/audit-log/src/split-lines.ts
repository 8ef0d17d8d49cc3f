import { AuditLogError } from './audit-log-error.ts';

/** Twice the largest frame as base64; a longer line would only exhaust memory. */
const maxLineLength = 64 * 1024 * 1024;

/**
 * Splits a stream of UTF-8 bytes into lines without their line breaks, holding one line at a time.
 *
 * Invalid UTF-8 becomes U+FFFD rather than an error: it is then one changed line, and the hash of
 * that line says so.
 *
 * @throws AuditLogError `export_unreadable` for a line of more than 64 MiB.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [head = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(head);
    length += head.length;
    for (const next of others) {
      yield parts.join('');
      parts = [next];
      length = next.length;
    }
    if (length > maxLineLength) {
      throw new AuditLogError('export_unreadable', 'a line of the export is too long');
    }
  }
  const rest = parts.join('') + decoder.decode();
  if (rest !== '') yield rest;
}
