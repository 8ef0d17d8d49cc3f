import { ERRORS, type ErrorCode } from '@holdpoint/contracts';

export interface GatewayErrorOptions {
  readonly cause?: unknown;
  /** For forms: field path → what is wrong. */
  readonly fields?: Readonly<Record<string, string>>;
  /** For programs; must be as safe to show as the message. */
  readonly details?: unknown;
}

/**
 * A refusal with a stable code. `message` is what the other side may read: what happened, why, and
 * what to do. The cause is for the log only.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, string>> | undefined;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields;
    this.details = options.details;
  }

  get httpStatus(): number {
    return ERRORS[this.code].http;
  }

  get rpcCode(): number {
    return ERRORS[this.code].rpc;
  }
}
