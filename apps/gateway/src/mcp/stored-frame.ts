import { parseClientFrame, type Frame } from '@holdpoint/mcp';

/** A message of an agent that is on record: its bound was kept when it came, by what was configured then. */
export function parseStoredFrame(text: string): Frame {
  return parseClientFrame(Buffer.from(text), { maxBytes: Number.MAX_SAFE_INTEGER });
}
