import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { slugSchema } from '@holdpoint/contracts';
import type { Environment } from '../env.ts';
import { sendApiError } from '../platform/api-error.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';

const PREFIX = '/.well-known/oauth-protected-resource/mcp/';
/** The same, below the mount point. */
const MOUNTED_PREFIX = PREFIX.slice('/.well-known'.length);
/** A client of the older transport looks under its own address; the resource is the connection all the same. */
const SSE_SUFFIX = /\/sse$/;
/** Public facts, read by clients that run in a page. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': '*',
};

/** RFC 6750 error of a challenge. */
export interface Challenge {
  readonly error: 'invalid_token' | 'insufficient_scope';
  readonly description: string;
}

/**
 * OAuth 2.0 Protected Resource Metadata (RFC 9728), and everything else under `/.well-known/`: JSON
 * or a 404, never a page, which clients that probe would take for an answer.
 */
@Injectable()
export class ProtectedResource {
  readonly #scopes: readonly string[];

  constructor(@Inject(ENVIRONMENT) private readonly env: Environment) {
    this.#scopes = env.HOLDPOINT_OIDC_SCOPES.split(/\s+/).filter(Boolean);
  }

  /** Value of `WWW-Authenticate` for a 401 or 403. ATTACKER-CONTROLLED: `slug` is whatever was asked for. */
  wwwAuthenticate(slug: string, challenge?: Challenge): string {
    const parameters: readonly (readonly [string, string | undefined])[] = [
      ['error', challenge?.error],
      ['error_description', challenge?.description],
      ['resource_metadata', `${this.env.HOLDPOINT_PUBLIC_URL}${PREFIX}${encodeURIComponent(slug)}`],
      ['scope', this.#scopes.join(' ')],
    ];
    const written = parameters.flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}="${quotable(value)}"`],
    );
    return `Bearer ${written.join(', ')}`;
  }

  /** Any well-formed name gets a document: which connections exist is nobody's business. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    const slug = path.startsWith(MOUNTED_PREFIX)
      ? path.slice(MOUNTED_PREFIX.length).replace(SSE_SUFFIX, '')
      : '';
    if (req.method === 'OPTIONS') {
      res.writeHead(204, CORS).end();
      return;
    }
    if ((req.method !== 'GET' && req.method !== 'HEAD') || !slugSchema.safeParse(slug).success) {
      const message = 'There is nothing at this address.';
      sendApiError(res, new GatewayError('not_found', message), CORS);
      return;
    }
    const headers = {
      ...CORS,
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=300',
    };
    res.writeHead(200, headers).end(JSON.stringify(this.#document(slug)));
  }

  #document(slug: string) {
    return {
      resource: `${this.env.HOLDPOINT_PUBLIC_URL}/mcp/${slug}`,
      authorization_servers: [this.env.HOLDPOINT_OIDC_ISSUER],
      bearer_methods_supported: ['header'],
      scopes_supported: this.#scopes,
      resource_name: `Holdpoint: ${slug}`,
    };
  }
}

/** RFC 6750 section 3: error text may hold only these characters, and no quote or backslash. */
function quotable(value: string): string {
  return value.replaceAll('’', "'").replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
