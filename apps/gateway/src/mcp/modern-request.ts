import {
  checkModernHeaders,
  missingEnvelopeKeys,
  type Frame,
  type HeaderCheck,
  type JsonNode,
} from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';
import type { AgentExchange } from './agent-exchange.ts';
import type { Call } from './call.ts';

/** The Tasks extension left them out: an upstream that still has them would show everybody's tasks. */
const REMOVED_METHODS: ReadonlySet<string> = new Set(['tasks/list', 'tasks/result']);

/** What every message of the stateless era has to say about itself. */
export function checkModernMessage(exchange: AgentExchange, frame: Frame): void {
  refuseMismatch(checkModernHeaders((name) => exchange.header(name), frame));
  const missing = missingEnvelopeKeys(frame.message);
  if (missing.length > 0)
    throw new GatewayError('missing_meta', `The request’s _meta lacks ${missing.join(' and ')}.`);
  if (frame.message.kind === 'request' && REMOVED_METHODS.has(frame.message.method))
    throw new GatewayError(
      'unknown_method',
      `The revision of this request has no method ${frame.message.method}.`,
    );
}

/** An upstream may route by these headers, and its own check sees only what the gateway wrote. */
export function checkParamHeaders(call: Call, inputSchema: JsonNode | undefined): void {
  if (call.era !== 'modern' || inputSchema === undefined) return;
  refuseMismatch(checkModernHeaders((name) => call.exchange.header(name), call.frame, inputSchema));
}

function refuseMismatch(headers: HeaderCheck): void {
  if (headers.ok) return;
  const sentences = headers.mismatches.map((mismatch) => mismatch.message);
  throw new GatewayError('header_mismatch', sentences.join(' '));
}
