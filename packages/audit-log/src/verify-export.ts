import { ApprovalRegister, approvalsCsv } from './approvals-csv.ts';
import { AuditLogError } from './audit-log-error.ts';
import { hashFromHex, toHex } from './bytes.ts';
import { addClaim, compareCheckpoints } from './checkpoint-check.ts';
import { checkEntriesAndFrames } from './entry-check.ts';
import { EntrySequence } from './entry-sequence.ts';
import type { ExportHeader } from './export-format.ts';
import { parseHeader } from './export-format.ts';
import type { ExportReading, NumberedLine } from './export-reading.ts';
import { noteRoot } from './export-reading.ts';
import { FrameCheck } from './frame-check.ts';
import { GrowingTree, perfectSubtrees } from './frontier.ts';
import type { VerifierKey } from './note-keys.ts';
import { parseVerifierKey } from './note-keys.ts';
import { PasskeyCheck } from './passkey-check.ts';
import { appendSubtrees } from './proofs.ts';
import type { Sha256 } from './sha256.ts';
import { webCryptoSha256 } from './sha256.ts';
import { notExcludedBy, provedBy } from './statements.ts';
import type { VerifyReport } from './verify-report.ts';
import { FindingList } from './verify-report.ts';

export interface VerifyOptions {
  /** Signed notes kept outside the log's database, in any order. */
  readonly checkpoint?: string | readonly string[];
  /** The log's verifier key as known from elsewhere; else the export's own is used, and said so. */
  readonly vkey?: string;
  readonly sha256?: Sha256;
}

/** The lines of an export, without their line breaks; see `splitLines`. */
export type ExportFile = AsyncIterable<string> | Iterable<string>;

/**
 * Checks an export offline, in one pass, with memory that doesn't grow with payloads. Everything
 * wrong with the export becomes a finding; only what isn't an export at all throws.
 *
 * @param lines attacker-controlled
 * @throws AuditLogError `export_unreadable` (no readable header), `key_malformed` (the given vkey),
 * `note_malformed` or `checkpoint_malformed` (a given checkpoint is none).
 */
export async function verifyExport(
  lines: ExportFile,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const remaining = numberLines(lines);
  const reading = await openExport(remaining, options);
  await checkEntriesAndFrames(reading, remaining);
  await completeTree(reading);
  await compareCheckpoints(reading);
  compareApprovals(reading);
  return reportOf(reading, options);
}

/** Step 1: the header, the key to trust, and the checkpoints that the caller brought. */
async function openExport(
  lines: AsyncGenerator<NumberedLine, void>,
  options: VerifyOptions,
): Promise<ExportReading> {
  const first = await lines.next();
  const header = parseHeader(first.value?.text ?? '');
  const findings = new FindingList();
  const key = await chooseKey(header, options, findings);
  const sha256 = options.sha256 ?? webCryptoSha256;
  const reading: ExportReading = {
    ...{ header, key, findings, sha256 },
    claims: [],
    claimedSizes: new Set(),
    consistency: [],
    sequence: new EntrySequence(header.firstPosition, header.count),
    frames: new FrameCheck(findings, sha256),
    approvals: new ApprovalRegister(),
    passkeys: new PasskeyCheck(findings, header.firstPosition),
    tree: await startTree(header, findings, sha256),
    roots: new Map(),
    ...{ dated: undefined, csv: undefined, ended: false, leaves: 0, frameLines: 0 },
  };
  for (const note of [options.checkpoint ?? []].flat()) {
    await addClaim(reading, note, 'outside');
  }
  return reading;
}

/** Step 3: the hashes right of the run complete the tree to the size that was signed. */
async function completeTree(reading: ExportReading): Promise<void> {
  const { header, tree, findings } = reading;
  const end = header.firstPosition + header.count;
  const ranges = perfectSubtrees(end, header.treeSize);
  if (tree?.size !== end) {
    reading.tree = undefined; // entries are missing, which is reported already
    return;
  }
  if (ranges.length !== header.range.right.length) {
    reading.tree = undefined;
    const message = 'The proof for what follows the run has a wrong number of hashes.';
    findings.add('tampering', 'range_proof_invalid', message);
    return;
  }
  for (const [index, range] of ranges.entries()) {
    await noteRoot(reading, tree);
    await tree.append(hashFromHex(header.range.right[index] ?? ''), range.end - range.start);
  }
  reading.roots.set(tree.size, await tree.root());
}

/** Step 5: the list of approvals must be what the entries say. */
function compareApprovals({ csv, approvals, findings, ended }: ExportReading): void {
  if (csv === undefined) {
    // A file without its end was cut, which is reported already.
    if (ended) findings.add('tampering', 'approvals_changed', 'The list of approvals is gone.');
  } else if (csv !== approvalsCsv(approvals.rows())) {
    const message = 'The list of approvals does not say what the entries say.';
    findings.add('tampering', 'approvals_changed', message);
  }
}

function reportOf(reading: ExportReading, options: VerifyOptions): VerifyReport {
  const { header, findings, frames, passkeys, dated } = reading;
  const { origin, from, to, firstPosition, count, treeSize } = header;
  const root = reading.roots.get(treeSize);
  if (frames.absent > 0) {
    const message = `${frames.absent} frames are not in the export: deleted by retention, or not disclosed.`;
    findings.add('note', 'frame_missing', message);
  }
  const { verdict } = findings;
  return {
    verdict,
    ...{ origin, period: { from, to }, firstPosition, count, treeSize },
    ...(root === undefined ? {} : { root: toHex(root) }),
    ...(dated === undefined ? {} : { dated }),
    frames: { verified: frames.verified, absent: frames.absent },
    approvals: reading.approvals.rows().length,
    passkeys: { verified: passkeys.verified, addedBefore: passkeys.unseen },
    proved: verdict === 'intact' ? provedBy(reading) : [],
    notExcluded: notExcludedBy(reading, options.vkey === undefined),
    findings: findings.all,
    findingsOmitted: findings.omitted,
  };
}

async function chooseKey(
  header: ExportHeader,
  options: VerifyOptions,
  findings: FindingList,
): Promise<VerifierKey> {
  if (options.vkey !== undefined) {
    const given = await parseVerifierKey(options.vkey);
    if (given.vkey !== header.vkey) {
      findings.add('tampering', 'key_mismatch', 'The export names another key than the one given.');
    }
    return given;
  }
  try {
    return await parseVerifierKey(header.vkey);
  } catch (cause) {
    throw new AuditLogError('export_unreadable', "the export's key is not readable", { cause });
  }
}

async function startTree(
  header: ExportHeader,
  findings: FindingList,
  sha256: Sha256,
): Promise<GrowingTree | undefined> {
  const tree = new GrowingTree(sha256);
  const left = header.range.left.map(hashFromHex);
  if (await appendSubtrees(tree, header.firstPosition, left)) return tree;
  const message = 'The proof for what precedes the run has a wrong number of hashes.';
  findings.add('tampering', 'range_proof_invalid', message);
  return undefined;
}

async function* numberLines(lines: ExportFile): AsyncGenerator<NumberedLine, void> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text !== '') yield { text, number };
  }
}
