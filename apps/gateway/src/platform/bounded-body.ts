import { GrowingBytes } from '@holdpoint/mcp';

/**
 * What comes over the network, whole; `undefined` where it is longer: reading ends there, and the stream.
 * ATTACKER-CONTROLLED: also into how many pieces it comes.
 */
export async function boundedBody(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const whole = new GrowingBytes(maxBytes);
  for await (const piece of body) {
    if (whole.size + piece.byteLength > maxBytes) return undefined;
    whole.append(piece);
  }
  const { buffer, byteOffset, byteLength } = whole.take();
  return Buffer.from(buffer, byteOffset, byteLength);
}
