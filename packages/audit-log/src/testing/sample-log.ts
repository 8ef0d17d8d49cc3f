import { createHash } from 'node:crypto';
import type { ApprovalRecord } from '../approvals-csv.ts';
import { signCheckpoint } from '../checkpoint.ts';
import { frameDigest, leafHash, sealEntry } from '../entry.ts';
import { exportLines } from '../export-writer.ts';
import type { ExportEntry } from '../export-writer.ts';
import { appendLeaves, emptyFrontier, rootOf } from '../frontier.ts';
import type { NoteSigner } from '../note-keys.ts';
import { consistencyProof, rangeProof } from '../proofs.ts';
import type { Sha256 } from '../sha256.ts';

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** A small real log: every entry has a frame, every third settles an approval. */
export interface SampleLog {
  readonly signer: NoteSigner;
  readonly entries: readonly ExportEntry[];
  readonly leaves: readonly Uint8Array[];
}

export interface SampleExport {
  readonly start?: number;
  readonly end?: number;
  readonly size?: number;
  /** Sizes of the checkpoints inside; by default the one of `size`. */
  readonly checkpoints?: readonly number[];
  /** Outside sizes that consistency proofs lead to. */
  readonly consistency?: readonly number[];
}

export async function sampleLog(
  signer: NoteSigner,
  size: number,
  text: (position: number) => string = (position) => `entry ${position}`,
): Promise<SampleLog> {
  const positions = Array.from({ length: size }, (_, position) => position);
  const entries = await Promise.all(
    positions.map((position) => sampleEntry(position, text(position))),
  );
  return { signer, entries, leaves: entries.map(({ hash }) => hash) };
}

export async function checkpointOf({ signer, leaves }: SampleLog, size: number): Promise<string> {
  const frontier = await appendLeaves(emptyFrontier(), leaves.slice(0, size), sha256);
  return signCheckpoint(
    { origin: signer.name, size, root: await rootOf(frontier, sha256) },
    signer,
  );
}

export async function exportOf(log: SampleLog, options: SampleExport = {}): Promise<string[]> {
  const { start = 0, size = log.leaves.length } = options;
  const { end = size, checkpoints = [size], consistency = [] } = options;
  const lines: string[] = [];
  const written = exportLines({
    origin: log.signer.name,
    vkey: log.signer.vkey,
    from: null,
    to: null,
    firstPosition: start,
    count: end - start,
    treeSize: size,
    range: await rangeProof(log.leaves, start, end, size, sha256),
    checkpoints: await Promise.all(checkpoints.map((at) => checkpointOf(log, at))),
    consistency: await Promise.all(
      consistency.map(async (other) => {
        const [from, to] = [Math.min(other, size), Math.max(other, size)];
        return { from, to, proof: await consistencyProof(log.leaves, from, to, sha256) };
      }),
    ),
    entries: log.entries.slice(start, end),
  });
  for await (const line of written) lines.push(line.trimEnd());
  return lines;
}

async function sampleEntry(position: number, text: string): Promise<ExportEntry> {
  const suffix = position.toString(16).padStart(12, '0');
  const salt = Uint8Array.from({ length: 16 }, (_, index) => index + position);
  const bytes = new TextEncoder().encode(JSON.stringify({ jsonrpc: '2.0', id: position, text }));
  const frame = { id: `frame-${position}`, salt, bytes };
  const approvalRecord: ApprovalRecord = {
    askedBy: 'agent-7',
    askedAt: '2026-07-28T09:00:00.000Z',
    connection: 'demo',
    what: 'query',
    decidedBy: ['rita'],
    decidedAt: '2026-07-28T09:00:05.000Z',
    why: text,
    outcome: 'approved',
  };
  const content = sealEntry({
    id: `01985b2c-7a00-7000-8000-${suffix}`,
    at: new Date(Date.UTC(2026, 6, 28, 9) + position * 1000).toISOString(),
    kind: position % 3 === 0 ? 'approval.settled' : 'call.received',
    approval: `approval-${position}`,
    data: position % 3 === 0 ? { approvalRecord } : { text },
    frames: [{ id: frame.id, digest: await frameDigest(salt, bytes, sha256), edge: 'agent' }],
  });
  return { position, content, hash: await leafHash(content, sha256), frames: [frame] };
}
