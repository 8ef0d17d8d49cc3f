import { AuditLogError } from './audit-log-error.ts';
import { equalBytes, hashFromHex } from './bytes.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { ExportReading } from './export-reading.ts';
import { verifyConsistency } from './proofs.ts';

/** A checkpoint whose signature fits, to be compared with the tree of the export. */
export interface Claim {
  /** Kept outside by whoever verifies, or part of the export. */
  readonly source: 'outside' | 'export';
  readonly checkpoint: Checkpoint;
  /** Set once the tree of the export agrees with it. */
  agrees: boolean;
}

type Comparison = 'agrees' | 'differs' | 'beyond' | 'not-covered';

/**
 * Adds a checkpoint to what the export has to agree with. One with a wrong signature becomes a
 * finding instead.
 *
 * @throws AuditLogError `note_malformed` or `checkpoint_malformed` for an outside one that is no
 * checkpoint at all: that is a slip of whoever gave it, not a property of the export.
 */
export async function addClaim(
  reading: ExportReading,
  note: string,
  source: Claim['source'],
  line?: number,
): Promise<void> {
  const { key, header, findings } = reading;
  const where = line === undefined ? {} : { line };
  const which = titles[source];
  try {
    const checkpoint = await openCheckpoint(note, [key]);
    if (checkpoint.origin === header.origin) {
      reading.claims.push({ source, checkpoint, agrees: false });
      reading.claimedSizes.add(checkpoint.size);
    } else {
      findings.add('tampering', 'checkpoint_mismatch', `${which} is of another log.`, where);
    }
  } catch (error) {
    if (!(error instanceof AuditLogError)) throw error;
    if (error.code === 'note_signature_invalid' || error.code === 'note_unsigned') {
      const message = `${which} is not signed by the key ${key.vkey}.`;
      findings.add('tampering', 'checkpoint_signature_invalid', message, where);
    } else if (source === 'outside') {
      throw error;
    } else {
      findings.add('tampering', 'checkpoint_unreadable', `${which} is not readable.`, where);
    }
  }
}

/** Step 4: the computed tree against every checkpoint, those kept outside above all. */
export async function compareCheckpoints(reading: ExportReading): Promise<void> {
  const bySize = reading.claims.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size);
  const inside = bySize.filter(({ source }) => source === 'export');
  const outside = bySize.filter(({ source }) => source === 'outside');
  await compareInside(reading, inside);
  await compareOutside(reading, outside);
  reportForks(reading, bySize);
  const { header, findings, tree } = reading;
  if (tree !== undefined && !bySize.some(({ checkpoint }) => checkpoint.size === header.treeSize)) {
    const message = `No valid checkpoint is of the tree of ${header.treeSize} entries that the export ends in.`;
    findings.add('unverified', 'checkpoint_missing', message);
  }
}

async function compareInside(reading: ExportReading, claims: readonly Claim[]): Promise<void> {
  const { header, findings } = reading;
  let agreed = 0;
  for (const claim of claims) {
    const { size } = claim.checkpoint;
    const comparison = await compare(reading, claim.checkpoint);
    if (comparison === 'beyond') {
      const message = `A checkpoint in the export is of ${size} entries, its tree has ${header.treeSize}.`;
      findings.add('tampering', 'truncated', message, { position: header.treeSize });
    } else if (comparison === 'differs') {
      const message = `The entries from ${agreed} to ${size - 1} are not, or not all, those that were signed.`;
      findings.add('tampering', 'checkpoint_mismatch', message, { position: agreed });
      return; // every later one differs too, for the same reason
    } else if (comparison === 'agrees') {
      claim.agrees = true;
      agreed = size;
    }
  }
}

async function compareOutside(reading: ExportReading, claims: readonly Claim[]): Promise<void> {
  const { header, findings } = reading;
  const insideAgrees = reading.claims.some(
    ({ source, checkpoint, agrees }) =>
      source === 'export' && agrees && checkpoint.size === header.treeSize,
  );
  for (const claim of claims) {
    const { size } = claim.checkpoint;
    const comparison = await compare(reading, claim.checkpoint);
    if (comparison === 'agrees') {
      claim.agrees = true;
    } else if (comparison === 'beyond') {
      const message = `The log had ${size} entries when your checkpoint was signed, the tree of this export has ${header.treeSize}: entries were cut off, or the export is older than the checkpoint.`;
      findings.add('tampering', 'truncated', message, { position: header.treeSize });
    } else if (comparison === 'differs') {
      const code = insideAgrees ? 'inconsistent_history' : 'checkpoint_mismatch';
      const message = insideAgrees
        ? `The log signed two histories: the first ${size} entries of this export are not those of your checkpoint.`
        : `The first ${size} entries of the log are not those of your checkpoint.`;
      findings.add('tampering', code, message);
    } else {
      const message = `The export has no proof that leads to your checkpoint of ${size} entries. Ask for an export made for it.`;
      findings.add('unverified', 'checkpoint_not_covered', message);
    }
  }
}

/** Two signed checkpoints of one size with different roots convict the log by themselves. */
function reportForks({ findings }: ExportReading, bySize: readonly Claim[]): void {
  for (const [index, { checkpoint }] of bySize.entries()) {
    const next = bySize[index + 1]?.checkpoint;
    if (next?.size === checkpoint.size && !equalBytes(next.root, checkpoint.root)) {
      const message = `The log signed two different trees of ${checkpoint.size} entries.`;
      findings.add('tampering', 'inconsistent_history', message);
    }
  }
}

async function compare(
  { header, roots, consistency, tree, sha256 }: ExportReading,
  checkpoint: Checkpoint,
): Promise<Comparison> {
  const { size, root } = checkpoint;
  const computed = roots.get(size);
  if (computed !== undefined) return equalBytes(computed, root) ? 'agrees' : 'differs';
  const whole = roots.get(header.treeSize);
  const from = Math.min(size, header.treeSize);
  const to = Math.max(size, header.treeSize);
  const proof = consistency.find((line) => line.from === from && line.to === to);
  if (tree !== undefined && whole !== undefined && proof !== undefined) {
    const own = { size: header.treeSize, root: whole };
    const [earlier, later] = size < header.treeSize ? [checkpoint, own] : [own, checkpoint];
    const hashes = proof.hashes.map(hashFromHex);
    const fits = await verifyConsistency({ earlier, later, proof: hashes }, sha256);
    return fits ? 'agrees' : 'differs';
  }
  return size > header.treeSize ? 'beyond' : 'not-covered';
}

const titles = {
  outside: 'The checkpoint kept outside',
  export: 'A checkpoint in the export',
} as const;
