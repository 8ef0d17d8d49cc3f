import type { ApprovalRegister } from './approvals-csv.ts';
import type { Claim } from './checkpoint-check.ts';
import type { EntrySequence } from './entry-sequence.ts';
import type { ConsistencyLine, ExportHeader } from './export-format.ts';
import type { FrameCheck } from './frame-check.ts';
import type { GrowingTree } from './frontier.ts';
import type { VerifierKey } from './note-keys.ts';
import type { PasskeyCheck } from './passkey-check.ts';
import type { Sha256 } from './sha256.ts';
import type { FindingList } from './verify-report.ts';

/** Everything gathered on the one pass over an export; the steps of the verification share it. */
export interface ExportReading {
  readonly header: ExportHeader;
  readonly key: VerifierKey;
  readonly findings: FindingList;
  readonly sha256: Sha256;
  readonly claims: Claim[];
  /** Tree sizes of the claims: their roots are computed on the way. */
  readonly claimedSizes: Set<number>;
  readonly consistency: ConsistencyLine[];
  readonly sequence: EntrySequence;
  readonly frames: FrameCheck;
  readonly approvals: ApprovalRegister;
  readonly passkeys: PasskeyCheck;
  /** Grown by the hashes that the leaf lines state; undefined once their order is broken. */
  tree: GrowingTree | undefined;
  /** Roots of the sizes that some checkpoint speaks of, and of the whole tree. */
  readonly roots: Map<number, Uint8Array>;
  dated: { readonly earliest: string; readonly latest: string } | undefined;
  csv: string | undefined;
  ended: boolean;
  leaves: number;
  frameLines: number;
}

export interface NumberedLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

/** Remembers the root of the tree as it is now, if a checkpoint will ask for it. */
export async function noteRoot(
  { claimedSizes, roots }: ExportReading,
  tree: GrowingTree,
): Promise<void> {
  if (claimedSizes.has(tree.size) && !roots.has(tree.size)) {
    roots.set(tree.size, await tree.root());
  }
}
