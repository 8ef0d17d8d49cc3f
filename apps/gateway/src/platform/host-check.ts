import type { RequestHandler } from 'express';
import type { Environment } from '../env.ts';
import { sendApiError } from './api-error.ts';
import { GatewayError } from './gateway.error.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Asked by balancers and container engines, by whatever address; nothing in the answer is secret. */
const ANY_HOST: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

type Verdict = 'accepted' | 'moved' | 'refused';

/** Names under which agents on this machine may reach the MCP endpoint. */
function loopbackHosts(env: Environment): readonly string[] {
  const { port } = new URL(env.HOLDPOINT_PUBLIC_URL);
  return LOOPBACK_NAMES.map((name) => (port === '' ? name : `${name}:${port}`));
}

/**
 * Whether a request came by the gateway's own name. A page of another origin whose name was rebound
 * to this address (DNS rebinding) would otherwise pass for our own.
 */
export function judgeHost(
  host: string | undefined,
  request: { readonly method: string; readonly path: string },
  env: Environment,
): Verdict {
  const name = host?.toLowerCase();
  if (name === new URL(env.HOLDPOINT_PUBLIC_URL).host || ANY_HOST.has(request.path)) {
    return 'accepted';
  }
  const isLoopback =
    env.HOLDPOINT_MODE === 'embedded' && name !== undefined && loopbackHosts(env).includes(name);
  if (!isLoopback) return 'refused';
  if (request.path === '/mcp' || request.path.startsWith('/mcp/')) return 'accepted';
  // Cookies and the sign-in belong to one name: a browser that came by another one is sent there.
  return request.method === 'GET' || request.method === 'HEAD' ? 'moved' : 'refused';
}

export function hostCheck(env: Environment): RequestHandler {
  return (req, res, next) => {
    const verdict = judgeHost(req.host, req, env);
    if (verdict === 'accepted') return next();
    if (verdict === 'moved') return res.redirect(302, env.HOLDPOINT_PUBLIC_URL + ownPath(req.url));
    const message = `This gateway answers at ${env.HOLDPOINT_PUBLIC_URL} only. Behind a proxy, pass the Host header on or list the proxy as trusted.`;
    sendApiError(res, new GatewayError('host_refused', message));
  };
}

/** ATTACKER-CONTROLLED: an absolute or scheme-relative request target must not become another host. */
function ownPath(target: string): string {
  return target.startsWith('/') ? target : '/';
}
