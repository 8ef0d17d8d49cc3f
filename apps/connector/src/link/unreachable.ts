const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name can’t be looked up now',
  ETIMEDOUT: 'nobody answers',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate isn’t trusted here; see gateway.ca, or --ca of enroll',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate isn’t trusted here; see gateway.ca, or --ca of enroll',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate isn’t trusted here; see gateway.ca, or --ca of enroll',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate isn’t trusted here; see gateway.ca, or --ca of enroll',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why there is no connection, in words where an operator can do something about it. */
export function explain(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const hint = HINTS[code];
  return hint === undefined ? error.message.trim() : `${hint} (${code})`;
}

export const PROXY_WANTS_LOGIN = 'the proxy wants a login';
