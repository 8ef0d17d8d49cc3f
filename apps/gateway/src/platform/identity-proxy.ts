import { Agent } from 'node:http';
import type { RequestHandler } from 'express';
import httpProxy from 'http-proxy-3';
import type { Environment } from '../env.ts';
import { sendApiError } from './api-error.ts';
import { GatewayError } from './gateway.error.ts';
import type { Logger } from './logger.ts';

const TIMEOUT_MS = 30_000;
/** The provider trusts these, so only the gateway may say them. */
const FORWARDED = /^(?:forwarded|x-forwarded-.*|x-real-ip)$/;

/** Embedded mode: the OpenID provider under `/oidc/` of the gateway's own origin. */
export function createIdentityProxy(
  target: string,
  env: Environment,
  logger: Logger,
): RequestHandler {
  const { host, protocol } = new URL(env.HOLDPOINT_PUBLIC_URL);
  const sessionCookie = new RegExp(
    `(?:^|;\\s*)(?:__Host-)?hp_${env.HOLDPOINT_INSTANCE}=[^;]*`,
    'g',
  );
  const proxy = httpProxy.createProxyServer({
    target,
    agent: new Agent({ keepAlive: true }),
    proxyTimeout: TIMEOUT_MS,
  });
  proxy.on('error', (error, _req, res) => {
    logger.warn({ error: error.message }, 'the embedded identity provider did not answer');
    if (!('writeHead' in res) || res.headersSent) return void res.destroy();
    const message = 'The embedded identity provider isn’t answering. Try again in a moment.';
    sendApiError(res, new GatewayError('issuer_unavailable', message));
  });
  return (req, res) => {
    for (const name of Object.keys(req.headers)) {
      if (FORWARDED.test(name)) delete req.headers[name];
    }
    // The console's session is none of the provider's business.
    const cookie = req.headers.cookie?.replace(sessionCookie, '').replace(/^;\s*/, '');
    if (cookie) req.headers.cookie = cookie;
    else delete req.headers.cookie;
    Object.assign(req.headers, {
      host,
      'x-forwarded-host': host,
      'x-forwarded-proto': protocol.replace(':', ''),
    });
    // Express cut the mount path off; the provider wants all of it.
    req.url = req.originalUrl;
    proxy.web(req, res);
  };
}
