/** Every way in which this package refuses its input. */
export type AuditLogErrorCode =
  | 'json_not_canonicalizable'
  | 'entry_invalid'
  | 'hash_invalid'
  | 'salt_invalid'
  | 'frontier_invalid'
  | 'range_invalid'
  | 'key_malformed'
  | 'note_malformed'
  | 'note_unsigned'
  | 'note_signature_invalid'
  | 'checkpoint_malformed'
  | 'export_unreadable'
  | 'export_input_invalid';

/**
 * The one error class of this package. `code` is stable and meant for programs; the message is
 * meant for the log of whoever called, and never contains key material or payload bytes.
 */
export class AuditLogError extends Error {
  override readonly name = 'AuditLogError';
  readonly code: AuditLogErrorCode;

  constructor(code: AuditLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
