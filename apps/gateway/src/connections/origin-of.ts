import { readConnectorAddress } from '@holdpoint/contracts';

/**
 * Scheme, host and port: what may be shown and recorded of an address that can hold a secret. One that
 * leads through a connector holds none, and its server is part of where it leads.
 */
export function originOf(url: string): string {
  return readConnectorAddress(url) === undefined ? new URL(url).origin : url;
}
