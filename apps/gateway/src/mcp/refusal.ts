import { ERRORS, type ErrorCode } from '@holdpoint/contracts';
import { DatabaseError } from 'pg';
import { McpError, rpcError, toolErrorResult, type Era, type JsonRpcId } from '@holdpoint/mcp';
import { isDatabaseUnavailable } from '../platform/database-unavailable.ts';
import { GatewayError } from '../platform/gateway.error.ts';

/** What a refusal says besides its sentence. */
export interface RefusalData {
  readonly approval?: { readonly id: string; readonly link: string; readonly state: string };
}

/** The message that tells an agent why its call has no answer of the upstream. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly data?: RefusalData;
}

/**
 * A refused `tools/call` is a result with `isError: true`, which the model reads; any other method's
 * result has a schema of its own, so there it is a JSON-RPC error.
 */
export function refusalText(id: JsonRpcId, method: string, era: Era, refusal: Refusal): string {
  const data = { code: refusal.code, ...refusal.data };
  return method === 'tools/call'
    ? toolErrorResult(id, refusal.message, era, { 'holdpoint/refusal': data })
    : rpcError(id, ERRORS[refusal.code].rpc, refusal.message, data);
}

/** Refusals that end the exchange as such, before a call is judged. */
export function errorText(id: JsonRpcId | null, error: GatewayError): string {
  return rpcError(id, error.rpcCode, error.message, {
    code: error.code,
    ...(error.details !== undefined && { details: error.details }),
  });
}

/** Names what can't be read. Unknown errors tell the agent nothing: their text is for the log. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof McpError)
    return new GatewayError(codeOf(error), error.message, { cause: error });
  // INVARIANT: what can't be recorded isn't carried out. After a call was forwarded nothing comes here.
  if (error instanceof DatabaseError || isDatabaseUnavailable(error))
    return new GatewayError(
      'not_recorded',
      'The message could not be recorded, so it was not carried out. Try again; if it goes on, the gateway’s database needs attention.',
      { cause: error },
    );
  return new GatewayError(
    'internal',
    'The gateway failed on this request. Nothing was forwarded unless its record says so.',
    { cause: error },
  );
}

function codeOf(error: McpError): ErrorCode {
  switch (error.code) {
    case 'frame_too_large':
      return 'frame_too_large';
    case 'batch_unsupported':
      return 'batch_unsupported';
    case 'batch_too_large':
    case 'not_an_object':
    case 'ambiguous_key':
    case 'invalid_version':
    case 'invalid_id':
    case 'missing_id':
    case 'invalid_method':
    case 'invalid_params':
    case 'invalid_envelope':
    case 'unknown_member':
      return 'invalid_request';
    default:
      return 'malformed_frame';
  }
}
