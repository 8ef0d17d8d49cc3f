/** What a verification can find. Codes are stable; docs/audit.md says what to do about each. */
export type FindingCode =
  | 'entry_edited'
  | 'entry_malformed'
  | 'entry_removed'
  | 'entry_reordered'
  | 'entry_duplicated'
  | 'entry_unexpected'
  | 'truncated'
  | 'frame_changed'
  | 'frame_unreferenced'
  | 'frame_missing'
  | 'approvals_changed'
  | 'passkey_invalid'
  | 'passkey_unregistered'
  | 'passkey_missing'
  | 'line_unreadable'
  | 'range_proof_invalid'
  | 'key_mismatch'
  | 'checkpoint_unreadable'
  | 'checkpoint_signature_invalid'
  | 'checkpoint_mismatch'
  | 'checkpoint_missing'
  | 'checkpoint_not_covered'
  | 'inconsistent_history';

/**
 * `tampering`: the export is not what was logged. `unverified`: it could not be checked as asked.
 * `note`: legitimate, but worth knowing.
 */
export type Severity = 'tampering' | 'unverified' | 'note';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** For people. May quote ids of the export: escape before showing. */
  readonly message: string;
  /** Position of the entry concerned, or the first of several. */
  readonly position?: number;
  /** Line of the file, counted from 1. */
  readonly line?: number;
  /** Id of the frame concerned; attacker-controlled. */
  readonly frame?: string;
}

/** Something that this verification, even if it finds nothing, doesn't rule out. */
export interface NotExcluded {
  readonly code:
    | 'truncation'
    | 'rewritten_history'
    | 'entries_after_checkpoint'
    | 'untrusted_key'
    | 'span_bounds'
    | 'absent_payloads'
    | 'passkeys_added_before'
    | 'never_recorded';
  readonly statement: string;
}

export interface VerifyReport {
  /** `intact` only if nothing but notes was found. */
  readonly verdict: 'intact' | 'tampered' | 'unverified';
  readonly origin: string;
  /** The period that the exporter names; a claim. */
  readonly period: { readonly from: string | null; readonly to: string | null };
  readonly firstPosition: number;
  readonly count: number;
  readonly treeSize: number;
  /** Computed root of the tree of `treeSize`, hexadecimal; absent if it could not be computed. */
  readonly root?: string;
  /** Times of the earliest and latest entry, absent if there is none. */
  readonly dated?: { readonly earliest: string; readonly latest: string };
  readonly frames: { readonly verified: number; readonly absent: number };
  readonly approvals: number;
  /** Verdicts signed with a passkey; `addedBefore` of them with one that was added before this run. */
  readonly passkeys: { readonly verified: number; readonly addedBefore: number };
  /** What holds; empty unless the verdict is `intact`. */
  readonly proved: readonly string[];
  readonly notExcluded: readonly NotExcluded[];
  readonly findings: readonly Finding[];
  /** Findings beyond the first thousand are only counted. */
  readonly findingsOmitted: number;
}

/** Gathers findings within bounds: a hostile file can cause one per line. */
export class FindingList {
  static readonly #kept = 1000;
  readonly #findings: Finding[] = [];
  #omitted = 0;
  #tampered = false;
  #unverified = false;

  add(
    severity: Severity,
    code: FindingCode,
    message: string,
    where: Pick<Finding, 'position' | 'line' | 'frame'> = {},
  ): void {
    this.#tampered ||= severity === 'tampering';
    this.#unverified ||= severity === 'unverified';
    if (this.#findings.length < FindingList.#kept) {
      this.#findings.push({ code, severity, message, ...where });
    } else {
      this.#omitted += 1;
    }
  }

  get verdict(): VerifyReport['verdict'] {
    if (this.#tampered) return 'tampered';
    return this.#unverified ? 'unverified' : 'intact';
  }

  get all(): readonly Finding[] {
    return this.#findings;
  }

  get omitted(): number {
    return this.#omitted;
  }
}
