import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { ConnectorError } from '../connector.error.ts';

/** A way out through a proxy, and what to call it in a log. */
export interface ProxyRoute {
  readonly agent: Agent;
  /** Without the password that may be in it. */
  readonly label: string;
}

/**
 * The proxy for an address: the configured one, else what the environment says. Everything goes
 * through CONNECT, so a proxy sees a host and a port and no content of TLS.
 *
 * @param ca - for the TLS to the target inside the proxy's tunnel
 */
export function proxyFor(
  url: string,
  configured: string | undefined,
  ca?: string,
): ProxyRoute | undefined {
  if (configured === 'none') return undefined;
  // The environment's rules are for http and https; a WebSocket is one of them.
  const proxy = configured ?? getProxyForUrl(url.replace(/^ws/, 'http'));
  if (proxy === '') return undefined;
  const address = URL.parse(proxy);
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw new ConnectorError(
      'config_invalid',
      'The proxy must be an address that begins with http:// or https://; see HTTPS_PROXY, ALL_PROXY and gateway.proxy.',
    );
  }
  const agent = new HttpsProxyAgent(address, ca === undefined ? {} : { ca });
  return { agent, label: address.host };
}
