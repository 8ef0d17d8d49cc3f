import type { ResetCode, StreamReset } from '@holdpoint/tunnel';
import { markUnsent } from '../connections/outgoing-failure.ts';
import { GatewayError } from '../platform/gateway.error.ts';

/** An exchange that broke after some of it may have reached the server. */
export class ConnectorFailure extends Error {
  override readonly name = 'ConnectorFailure';
  /** As `classifyFailure` reads it. */
  readonly code: string;

  constructor(
    code: 'CONNECTOR_BROKE' | 'CONNECTOR_TIMEOUT',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
  }
}

/** Nothing has left: said in words that an agent and an admin may read. */
export function notSent(why: string, options?: { readonly cause?: unknown }): GatewayError {
  return markUnsent(new GatewayError('upstream_unreachable', why, options));
}

/**
 * How the other end ended an exchange. Its own sentence is kept for the log: the words of another
 * machine don't reach agents.
 */
export function failureOfReset({ code, sent, message }: StreamReset): Error {
  if (!sent) return notSent(UNSENT[code], { cause: new Error(message) });
  return code === 'timeout'
    ? new ConnectorFailure('CONNECTOR_TIMEOUT', message)
    : new ConnectorFailure('CONNECTOR_BROKE', `The exchange was ended (${code}): ${message}`);
}

const UNSENT: Readonly<Record<ResetCode, string>> = {
  cancelled: 'The connector gave the call back.',
  unknown_server: 'The connector has no server of this name in its file.',
  refused: 'The connector refuses this request as it is.',
  busy: 'The connector, or the server behind it, has too much to do.',
  draining: 'The connector is stopping.',
  unavailable: 'The connector can’t reach or start the server.',
  server_failed: 'The server behind the connector failed before it got the call.',
  timeout: 'The server behind the connector could not be reached in time.',
  tunnel_closed: 'The connector was lost.',
  internal: 'The connector failed.',
};
