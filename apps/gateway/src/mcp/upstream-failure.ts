import { ERRORS, type ErrorCode } from '@holdpoint/contracts';
import { McpError } from '@holdpoint/mcp';
import { classifyFailure, wasSent } from '../connections/outgoing-failure.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Call } from './call.ts';
import { isLaterRound } from './call-refusals.ts';
import type { Refusal } from './refusal.ts';

/** The upstream's part of a call ended without an answer. */
export type Broken =
  /** No byte was written, or a complete answer refused it: it has not run. */
  | { readonly kind: 'failed'; readonly status: number; readonly refusal: Refusal }
  /** It may have run. Never retried. */
  | { readonly kind: 'unknown'; readonly refusal: Refusal };

export function failed(
  code: ErrorCode,
  message: string,
  status: number = ERRORS[code].http,
): Broken {
  return { kind: 'failed', status, refusal: { code, message } };
}

export function unknown(what: string, code: ErrorCode = 'outcome_unknown'): Broken {
  const message = `${what} The call may have run; do not repeat it without checking.`;
  return { kind: 'unknown', refusal: { code, message } };
}

/**
 * How a call ended whose part now ended so.
 *
 * INVARIANT: of a call whose earlier rounds ran, nobody is told that it has not run.
 */
export function endOf(call: Pick<Call, 'continues'>, broken: Broken): Broken {
  if (broken.kind !== 'failed' || !isLaterRound(call)) return broken;
  const message = `The next round of this call was not carried out (${broken.refusal.code}), but earlier ones have run. Do not repeat the call without checking.`;
  return { kind: 'unknown', refusal: { code: 'outcome_unknown', message } };
}

/** INVARIANT: unless it is certain that nothing was written, the outcome is unknown. */
export function brokenOff(error: unknown, isCancelled: boolean): Broken {
  if (error instanceof GatewayError && error.code === 'upstream_credential_refused')
    return failed(error.code, error.message);
  // Of a connector: it says itself why nothing left.
  if (error instanceof GatewayError && error.code === 'upstream_unreachable' && !wasSent(error))
    return failed(error.code, `${error.message} The call has not run; try again later.`);
  if (error instanceof GatewayError && error.code !== 'address_refused' && !wasSent(error))
    return failed(error.code, error.message);
  if (error instanceof GatewayError && error.code === 'not_recorded')
    return unknown('An answer of the upstream could not be recorded.', 'may_have_run');
  // Too large to be read: it came, so the call may have run.
  if (error instanceof GatewayError && error.code === 'upstream_bad_answer')
    return unknown(error.message, error.code);
  const failure = classifyFailure(error);
  if (!wasSent(error)) {
    return failure === 'address_refused'
      ? failed(
          'address_refused',
          'The connection’s address is not one the gateway may reach. The call has not run. An admin has to correct the connection.',
        )
      : failed(
          'upstream_unreachable',
          'The upstream can’t be reached. The call has not run; try again later.',
        );
  }
  if (isCancelled) return unknown('The call was cancelled after it was forwarded.');
  return failure === 'timeout'
    ? unknown('The upstream did not answer in time.', 'upstream_timeout')
    : unknown('The connection to the upstream broke before its answer was complete.');
}

/** For what is no call: messages that ask for no answer, streams, the end of a session. */
export function toUpstreamError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const { code } = brokenOff(error, false).refusal;
  const message =
    code === 'outcome_unknown'
      ? 'The connection to the upstream broke.'
      : code === 'upstream_timeout'
        ? 'The upstream did not answer in time.'
        : 'The upstream can’t be reached.';
  return new GatewayError(code === 'outcome_unknown' ? 'upstream_bad_answer' : code, message, {
    cause: error,
  });
}

export function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError(
    'upstream_bad_answer',
    `The upstream’s answer is larger than this gateway takes (${maxBytes} bytes).`,
  );
}

/** What reading an event stream threw, in words for the agent where it is about the frame. */
export function readingError(error: unknown, maxBytes: number): unknown {
  const isTooLarge = error instanceof McpError && error.code === 'frame_too_large';
  return isTooLarge ? tooLarge(maxBytes) : error;
}
