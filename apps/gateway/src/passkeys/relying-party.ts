import { isIP } from 'node:net';
import type { RelyingParty } from '@holdpoint/audit-log';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';

/** Whom passkeys are made for: the host of the public address. They work under no other. */
export function relyingParty(env: Environment): RelyingParty {
  const { hostname, origin } = new URL(env.HOLDPOINT_PUBLIC_URL);
  return { rpId: hostname, origin };
}

/** Browsers know passkeys only of a name, never of an address. */
export function whyUnavailable(env: Environment): string | null {
  const { hostname } = new URL(env.HOLDPOINT_PUBLIC_URL);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress
    ? 'Browsers make passkeys only for a host name, and this console is reached by an IP address. An operator has to give it a name (HOLDPOINT_PUBLIC_URL).'
    : null;
}

/** @throws GatewayError `passkeys_unavailable` */
export function requireAvailable(env: Environment): void {
  const reason = whyUnavailable(env);
  if (reason !== null) throw new GatewayError('passkeys_unavailable', reason);
}
