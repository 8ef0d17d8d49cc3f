export { ApprovalRegister, approvalsCsv, csvText } from './approvals-csv.ts';
export type { ApprovalRecord, ApprovalRow } from './approvals-csv.ts';
export { AuditLogError } from './audit-log-error.ts';
export type { AuditLogErrorCode } from './audit-log-error.ts';
export { canonicalJson } from './canonical-json.ts';
export type { JsonObject, JsonValue } from './canonical-json.ts';
export { openCheckpoint, signCheckpoint } from './checkpoint.ts';
export type { Checkpoint, TreeHead } from './checkpoint.ts';
export { frameDigest, frameSaltBytes, leafHash, parseEntry, sealEntry } from './entry.ts';
export type { EntryContent, FrameReference } from './entry.ts';
export { appendLeaves, emptyFrontier, rootOf } from './frontier.ts';
export type { Frontier } from './frontier.ts';
export { generateSigningKey, openSigner, parseVerifierKey } from './note-keys.ts';
export type { NoteSigner, SigningKey, VerifierKey } from './note-keys.ts';
export {
  consistencyProof,
  inclusionProof,
  rangeProof,
  verifyConsistency,
  verifyInclusion,
  verifyRange,
} from './proofs.ts';
export { assertionFault } from './passkey-assertion.ts';
export type {
  AssertionFault,
  PasskeyAssertion,
  PasskeyPublicKey,
  RelyingParty,
} from './passkey-assertion.ts';
export { passkeyChallenge, reasonDigest } from './passkey-statement.ts';
export type { PasskeyStatement } from './passkey-statement.ts';
export type { RangeProof, TreeReader, TreeSource } from './proofs.ts';
export type { Sha256 } from './sha256.ts';
export { openNote, signNote } from './signed-note.ts';
export type { OpenedNote } from './signed-note.ts';
export { exportLines } from './export-writer.ts';
export type { ExportConsistency, ExportEntry, ExportFrame, ExportInput } from './export-writer.ts';
export { reportText } from './report-text.ts';
export { splitLines } from './split-lines.ts';
export { verifyExport } from './verify-export.ts';
export type { ExportFile, VerifyOptions } from './verify-export.ts';
export type { Finding, FindingCode, NotExcluded, Severity, VerifyReport } from './verify-report.ts';
