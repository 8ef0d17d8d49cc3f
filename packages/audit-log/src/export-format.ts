import { AuditLogError } from './audit-log-error.ts';

/*
 * An export is one NDJSON file, so that it can be written and checked as a stream of any length:
 *
 *   header                     what the file claims to hold, and the hashes around it
 *   checkpoint*, consistency*  before the entries: a reader knows where to compare while it hashes
 *   ( leaf frame* )*           the entries in order, each followed by those of its frames that exist
 *   approvals-csv              derived from the entries, and re-derived by the verifier
 *   end                        its absence shows that the file was cut
 *
 * Nothing in it is trusted. The tree is computed from the `leaf` lines alone and compared with
 * signed checkpoints.
 */

/** The first line. Hashes are lower-case hexadecimal. */
export interface ExportHeader {
  readonly format: 'holdpoint-export';
  readonly version: 1;
  readonly origin: string;
  readonly vkey: string;
  /** The period that was asked for; a statement of the exporter, RFC 3339 or null for open. */
  readonly from: string | null;
  readonly to: string | null;
  readonly firstPosition: number;
  readonly count: number;
  /** Size of the tree that the range proof leads to. */
  readonly treeSize: number;
  readonly range: { readonly left: readonly string[]; readonly right: readonly string[] };
}

export type ExportLine =
  CheckpointLine | ConsistencyLine | LeafLine | FrameLine | ApprovalsLine | EndLine;

export interface CheckpointLine {
  readonly t: 'checkpoint';
  readonly note: string;
}

/** RFC 6962 consistency proof between the trees of two sizes. */
export interface ConsistencyLine {
  readonly t: 'consistency';
  readonly from: number;
  readonly to: number;
  readonly hashes: readonly string[];
}

export interface LeafLine {
  readonly t: 'leaf';
  readonly position: number;
  /** As the log stored it, so that an edited entry can be told from a rewritten tree. */
  readonly hash: string;
  /** The entry's exact text. */
  readonly content: string;
}

/** A payload and its salt, both base64. Those deleted or never disclosed have no line. */
export interface FrameLine {
  readonly t: 'frame';
  readonly id: string;
  readonly salt: string;
  readonly bytes: string;
}

export interface ApprovalsLine {
  readonly t: 'approvals-csv';
  readonly csv: string;
}

export interface EndLine {
  readonly t: 'end';
  readonly leaves: number;
  readonly frames: number;
}

/**
 * Reads the first line.
 *
 * @param line attacker-controlled
 * @throws AuditLogError `export_unreadable`: this is no export, or of a version unknown here.
 */
export function parseHeader(line: string): ExportHeader {
  const fields = fieldsOf(line);
  if (fields?.['format'] !== 'holdpoint-export') throw unreadable('this is not a Holdpoint export');
  if (fields['version'] !== 1)
    throw unreadable('the export has a version unknown to this verifier');
  const { origin, vkey, from, to, firstPosition, count, treeSize, range } = fields;
  const { left, right } = isRecord(range) ? range : {};
  const readable =
    isText(origin) &&
    isText(vkey) &&
    (from === null || isText(from)) &&
    (to === null || isText(to)) &&
    isCount(firstPosition) &&
    isCount(count) &&
    isCount(treeSize) &&
    firstPosition + count <= treeSize &&
    isHashes(left) &&
    isHashes(right);
  if (!readable) throw unreadable('the header of the export is incomplete or contradicts itself');
  return {
    format: 'holdpoint-export',
    version: 1,
    ...{ origin, vkey, from, to, firstPosition, count, treeSize },
    range: { left, right },
  };
}

/** Reads any further line; `undefined` if it isn't exactly one of the known kinds. */
export function parseLine(line: string): ExportLine | undefined {
  const fields = fieldsOf(line) ?? {};
  switch (fields['t']) {
    case 'checkpoint': {
      const { note } = fields;
      return isText(note) ? { t: 'checkpoint', note } : undefined;
    }
    case 'consistency': {
      const { from, to, hashes } = fields;
      if (!isCount(from) || !isCount(to) || !isHashes(hashes)) return undefined;
      return { t: 'consistency', from, to, hashes };
    }
    case 'leaf': {
      const { position, hash, content } = fields;
      if (!isCount(position) || !isHash(hash) || !isText(content)) return undefined;
      return { t: 'leaf', position, hash, content };
    }
    case 'frame': {
      const { id, salt, bytes } = fields;
      if (!isText(id) || !isText(salt) || !isText(bytes)) return undefined;
      return { t: 'frame', id, salt, bytes };
    }
    case 'approvals-csv': {
      const { csv } = fields;
      return isText(csv) ? { t: 'approvals-csv', csv } : undefined;
    }
    case 'end': {
      const { leaves, frames } = fields;
      return isCount(leaves) && isCount(frames) ? { t: 'end', leaves, frames } : undefined;
    }
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function isHashes(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 128 && value.every(isHash);
}

function unreadable(message: string): AuditLogError {
  return new AuditLogError('export_unreadable', message);
}
