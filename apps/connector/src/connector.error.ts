import type { StreamReset } from '@holdpoint/tunnel';

/** Why a command of the connector ends. */
export type ConnectorErrorCode =
  | 'usage'
  | 'config_unreadable'
  | 'config_invalid'
  | 'state_missing'
  | 'state_unreadable'
  | 'state_unwritable'
  | 'state_unsafe'
  | 'already_enrolled'
  | 'enrolment_refused'
  | 'gateway_unreachable'
  | 'credential_unavailable'
  | 'revoked';

/** What ends a command, or keeps it from starting. The message is for the connector's operator. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;

  constructor(code: ConnectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why one exchange can't be served. What is read of it at the gateway holds no secret. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly reset: StreamReset;

  constructor(code: StreamReset['code'], sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reset = { code, sent, message: message.slice(0, 1000) };
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
