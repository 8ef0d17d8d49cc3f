import { AuditLogError } from './audit-log-error.ts';
import type { Bytes } from './bytes.ts';
import { concat, equalBytes, fromBase64, toBase64, utf8 } from './bytes.ts';
import type { NoteSigner, VerifierKey } from './note-keys.ts';
import { isKeyName } from './note-keys.ts';

/** A note whose signatures were checked; `signedBy` names the known keys, in the note's order. */
export interface OpenedNote {
  readonly text: string;
  readonly signedBy: readonly string[];
}

interface SignatureLine {
  readonly name: string;
  readonly keyId: Bytes;
  readonly signature: Bytes;
}

const maxNoteLength = 1_000_000;
const maxSignatures = 100;

/**
 * Signs a text as a C2SP signed note (https://c2sp.org/signed-note): the text, an empty line, one
 * line per signature.
 *
 * @throws AuditLogError `note_malformed` if the text isn't whole lines of printable text.
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  requireNoteText(text);
  const message = utf8(text);
  let note = `${text}\n`;
  for (const signer of signers) {
    const signature = concat(signer.id, await signer.sign(message));
    note += `— ${signer.name} ${toBase64(signature)}\n`;
  }
  return note;
}

/**
 * Opens a note: at least one signature must be by a known key, and none by a known key may fail.
 * Signatures of unknown keys (witnesses, say) are passed over, as the specification demands.
 *
 * @param note attacker-controlled
 * @throws AuditLogError `note_malformed`, `note_unsigned`, `note_signature_invalid`.
 */
export async function openNote(note: string, keys: readonly VerifierKey[]): Promise<OpenedNote> {
  const { text, signatures } = splitNote(note);
  const message = utf8(text);
  const signedBy: string[] = [];
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((known) => known.name === name && equalBytes(known.id, keyId));
    if (key === undefined) continue;
    if (signature.length !== 64 || !(await key.verify(message, signature))) {
      throw new AuditLogError('note_signature_invalid', `the signature of ${name} does not fit`);
    }
    if (!signedBy.includes(name)) signedBy.push(name);
  }
  if (signedBy.length === 0) {
    throw new AuditLogError('note_unsigned', 'no signature in the note is by a known key');
  }
  return { text, signedBy };
}

function splitNote(note: string): { text: string; signatures: SignatureLine[] } {
  if (note.length > maxNoteLength) throw malformed('the note is too long');
  // The LAST empty line separates: the text itself may contain empty lines.
  const separator = note.lastIndexOf('\n\n');
  if (separator === -1 || !note.endsWith('\n')) throw malformed('the note has no signature block');
  const text = note.slice(0, separator + 1);
  requireNoteText(text);
  const lines = note.slice(separator + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw malformed('the note has too many signatures');
  return { text, signatures: lines.map(readSignatureLine) };
}

function readSignatureLine(line: string): SignatureLine {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5) {
    throw malformed('a signature line is not readable');
  }
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function requireNoteText(text: string): void {
  // Stricter than the specification, which allows DEL and the C1 controls; no log writes them.
  const printable = text.isWellFormed() && !/[^\n\P{Cc}]/u.test(text);
  if (!printable || !text.endsWith('\n') || text.length > maxNoteLength) {
    throw malformed('a note consists of whole lines without control characters');
  }
}

function malformed(message: string): AuditLogError {
  return new AuditLogError('note_malformed', message);
}
