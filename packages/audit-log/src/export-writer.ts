import { ApprovalRegister, approvalsCsv } from './approvals-csv.ts';
import { AuditLogError } from './audit-log-error.ts';
import { toBase64, toHex } from './bytes.ts';
import { parseEntry } from './entry.ts';
import type { ExportHeader, ExportLine } from './export-format.ts';
import type { RangeProof } from './proofs.ts';

/** What an export is made of. The writer keeps only the approvals in memory. */
export interface ExportInput {
  readonly origin: string;
  /** The log's verifier key. */
  readonly vkey: string;
  /** The period asked for, RFC 3339 in UTC, or null where it is open. */
  readonly from: string | null;
  readonly to: string | null;
  readonly firstPosition: number;
  readonly count: number;
  readonly treeSize: number;
  /** `rangeProof(tree, firstPosition, firstPosition + count, treeSize)`. */
  readonly range: RangeProof;
  /** Signed notes; the one of `treeSize` must be among them, others localise a change. */
  readonly checkpoints: readonly string[];
  /** Proofs between `treeSize` and sizes outside the exported run that a reader may hold. */
  readonly consistency?: readonly ExportConsistency[];
  /** Exactly `count` entries in order of their positions. */
  readonly entries: AsyncIterable<ExportEntry> | Iterable<ExportEntry>;
}

export interface ExportConsistency {
  /** The smaller and the larger tree size. */
  readonly from: number;
  readonly to: number;
  readonly proof: readonly Uint8Array[];
}

export interface ExportEntry {
  readonly position: number;
  /** The leaf hash as stored, not one computed anew: a difference is what the verifier looks for. */
  readonly hash: Uint8Array;
  /** The stored text, untouched. */
  readonly content: string;
  /** Those payloads that still exist and may be disclosed, as the plain bytes of the digest. */
  readonly frames: readonly ExportFrame[];
}

export interface ExportFrame {
  readonly id: string;
  readonly salt: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Writes an export as NDJSON, one string per line with its line break.
 *
 * @throws AuditLogError `export_input_invalid` when the entries are not the run that was announced;
 * what was written until then lacks its end and doesn't verify.
 */
export async function* exportLines(input: ExportInput): AsyncGenerator<string, void, undefined> {
  yield jsonLine(headerOf(input));
  for (const note of input.checkpoints) yield jsonLine({ t: 'checkpoint', note });
  for (const { from, to, proof } of input.consistency ?? []) {
    yield jsonLine({ t: 'consistency', from, to, hashes: proof.map(toHex) });
  }
  const approvals = new ApprovalRegister();
  let leaves = 0;
  let frames = 0;
  for await (const { position, hash, content, frames: payloads } of input.entries) {
    if (position !== input.firstPosition + leaves || leaves >= input.count) {
      throw new AuditLogError('export_input_invalid', `entry ${position} is not the next one`);
    }
    const entry = parseEntry(content);
    if (entry !== undefined) approvals.add(position, entry);
    yield jsonLine({ t: 'leaf', position, hash: toHex(hash), content });
    leaves += 1;
    for (const { id, salt, bytes } of payloads) {
      yield jsonLine({ t: 'frame', id, salt: toBase64(salt), bytes: toBase64(bytes) });
      frames += 1;
    }
  }
  if (leaves !== input.count) {
    throw new AuditLogError(
      'export_input_invalid',
      `${input.count} entries announced, ${leaves} came`,
    );
  }
  yield jsonLine({ t: 'approvals-csv', csv: approvalsCsv(approvals.rows()) });
  yield jsonLine({ t: 'end', leaves, frames });
}

function headerOf(input: ExportInput): ExportHeader {
  const { origin, vkey, from, to, firstPosition, count, treeSize, range } = input;
  return {
    format: 'holdpoint-export',
    version: 1,
    ...{ origin, vkey, from, to, firstPosition, count, treeSize },
    range: { left: range.left.map(toHex), right: range.right.map(toHex) },
  };
}

function jsonLine(line: ExportHeader | ExportLine): string {
  return `${JSON.stringify(line)}\n`;
}
