import { GatewayError } from '../platform/gateway.error.ts';

export type OutgoingFailure = 'dns' | 'connect' | 'tls' | 'timeout' | 'address_refused' | 'other';

/** Errors that were raised before a connection stood: no byte of the request can have left. */
const unsent = new WeakSet<object>();

/** Called by the connector alone, which is the only place that knows. */
export function markUnsent<E extends Error>(error: E): E {
  unsent.add(error);
  return error;
}

/**
 * Whether a byte of the request may have left. `false` only where that is certain.
 * INVARIANT: unsure is `true`; a call is shown as failed only when it can't have run.
 */
export function wasSent(error: unknown): boolean {
  return !causes(error).some((each) => unsent.has(each));
}

/** What went wrong on the way, for a readable message. */
export function classifyFailure(error: unknown): OutgoingFailure {
  const chain = causes(error);
  if (chain.some((each) => each instanceof GatewayError && each.code === 'address_refused')) {
    return 'address_refused';
  }
  for (const each of chain) {
    const kind = classifyCode(each);
    if (kind !== undefined) return kind;
  }
  return 'other';
}

function classifyCode(error: object): OutgoingFailure | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(ENOTFOUND|ENODATA|EAI_)/.test(code)) return 'dns';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|EACCES)$/.test(code))
    return 'connect';
  if (/TIMEOUT$|^ETIMEDOUT$/.test(code) || ('name' in error && error.name === 'TimeoutError'))
    return 'timeout';
  if (
    /^(ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/.test(
      code,
    )
  )
    return 'tls';
  // A reset before the connection stood comes from a TLS or port mismatch.
  return unsent.has(error) && /^(ECONNRESET|UND_ERR_SOCKET)$/.test(code) ? 'connect' : undefined;
}

/** The error, its causes, and what an AggregateError of several addresses gathers. */
function causes(error: unknown, depth = 0): object[] {
  if (typeof error !== 'object' || error === null || depth > 8) return [];
  const inner: unknown[] = error instanceof AggregateError ? [...error.errors] : [];
  if ('cause' in error) inner.push(error.cause);
  return [error, ...inner.flatMap((each) => causes(each, depth + 1))];
}
