import { createHash } from 'node:crypto';
import { canonicalJson } from '@holdpoint/audit-log';
import { z } from 'zod';

/** The texts of a ticket, as Jira gives them. */
export const contentSchema = z.object({ summary: z.string(), description: z.json().nullable() });

export function contentHash(content: z.infer<typeof contentSchema>): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** The words of a document, one line for each of its blocks. */
export function wordsOf(node: unknown): string {
  if (typeof node !== 'object' || node === null) return '';
  const { text, content } = z
    .object({ text: z.string().catch(''), content: z.array(z.unknown()).catch([]) })
    .parse({ text: '', content: [], ...node });
  const words = text + content.map(wordsOf).join('');
  return 'type' in node && node.type === 'paragraph' ? `${words}\n` : words;
}
