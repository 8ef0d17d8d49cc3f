import { AuditLogError } from './audit-log-error.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import type { NoteSigner, VerifierKey } from './note-keys.ts';
import { openNote, signNote } from './signed-note.ts';

/** What a checkpoint states: the log `origin` had `size` entries and this root. */
export interface TreeHead {
  /** The log's name, equal to the name of the key that signs for it. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, none of them empty. */
  readonly extensions?: readonly string[];
}

/** A tree head whose signature was checked. */
export interface Checkpoint extends TreeHead {
  readonly extensions: readonly string[];
  /** Names of the known keys that signed; the origin is always among them. */
  readonly signedBy: readonly string[];
}

/**
 * Signs a tree head as a C2SP checkpoint (https://c2sp.org/tlog-checkpoint).
 *
 * @throws AuditLogError `checkpoint_malformed` for a head that couldn't be read back, or one of
 * another origin than the signer's name.
 */
export async function signCheckpoint(head: TreeHead, signer: NoteSigner): Promise<string> {
  const extensions = head.extensions ?? [];
  const lines = [head.origin, String(head.size), toBase64(head.root), ...extensions];
  const text = `${lines.join('\n')}\n`;
  const written = parseTreeHead(text); // nothing is signed that a verifier would refuse or read differently
  if (written.origin !== head.origin || written.extensions.length !== extensions.length) {
    throw malformed('a line of the checkpoint holds a line break');
  }
  if (head.origin !== signer.name) throw malformed("the origin is not the signing key's name");
  return signNote(text, [signer]);
}

/**
 * Opens a checkpoint: checks the log's own signature (the key named like the origin) and reads it.
 *
 * @param note attacker-controlled
 * @throws AuditLogError `note_malformed`, `note_unsigned`, `note_signature_invalid`,
 * `checkpoint_malformed`.
 */
export async function openCheckpoint(
  note: string,
  verifierKeys: readonly VerifierKey[],
): Promise<Checkpoint> {
  const { text, signedBy } = await openNote(note, verifierKeys);
  const head = parseTreeHead(text);
  // A witness alone can't speak for the log.
  if (!signedBy.includes(head.origin)) {
    throw new AuditLogError('note_unsigned', 'the log itself has not signed this checkpoint');
  }
  return { ...head, signedBy };
}

function parseTreeHead(text: string): Required<TreeHead> {
  const [origin = '', size = '', encodedRoot = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = fromBase64(encodedRoot);
  // No leading zeros, no sign, no exponent: one spelling for one size.
  if (!/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw malformed('the size of a checkpoint is a decimal number');
  }
  if (origin === '' || root?.length !== 32 || extensions.includes('')) {
    throw malformed('a checkpoint is an origin, a size, a root and non-empty further lines');
  }
  return { origin, size: Number(size), root, extensions };
}

function malformed(message: string): AuditLogError {
  return new AuditLogError('checkpoint_malformed', message);
}
