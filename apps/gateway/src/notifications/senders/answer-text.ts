import { boundedBody } from '../../platform/bounded-body.ts';

const MAX_BYTES = 1024 * 1024;

/** What the other side answered. @throws Error where it is longer than any answer that is read here */
export async function answerText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = await boundedBody(body, MAX_BYTES);
  if (bytes === undefined) throw new Error('The answer is too long.');
  return bytes.toString('utf8');
}
