import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';

const endpoint = z.url({ protocol: /^https?$/ });
const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  end_session_endpoint: endpoint.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  scopes_supported: z.array(z.string()).default([]),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});
export type IssuerMetadata = z.infer<typeof metadataSchema>;

/** Asymmetric only: with a shared secret, whoever can check a token can make one. */
export const TOKEN_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

const FRESH_MS = 60 * 60 * 1000;
const TIMEOUT_MS = 5000;

/**
 * The OpenID provider as it describes itself. Found at the first use, not at the start: the embedded
 * provider sits behind this very gateway, and an outage of the provider must not stop a restart.
 */
@Injectable()
export class Issuer {
  readonly name: string;
  #metadata: { readonly value: Promise<IssuerMetadata>; readonly at: number } | undefined;
  #keys: { readonly uri: string; readonly keys: JWTVerifyGetKey } | undefined;

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    this.name = env.HOLDPOINT_OIDC_ISSUER;
  }

  /** @throws GatewayError `issuer_unavailable` */
  metadata(): Promise<IssuerMetadata> {
    const known = this.#metadata;
    if (known && Date.now() - known.at < FRESH_MS) return known.value;
    const value = discover(this.name);
    const asked = { value, at: Date.now() };
    this.#metadata = asked;
    // A failure is not remembered; the next one asks again.
    value.catch(() => {
      if (this.#metadata === asked) this.#metadata = undefined;
    });
    return value;
  }

  /** The provider's signing keys, refetched when a token names an unknown one. */
  async keys(): Promise<JWTVerifyGetKey> {
    const { jwks_uri: uri } = await this.metadata();
    if (this.#keys?.uri !== uri) {
      this.#keys = { uri, keys: createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_MS }) };
    }
    return this.#keys.keys;
  }
}

async function discover(issuer: string): Promise<IssuerMetadata> {
  try {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(address, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    const metadata = metadataSchema.parse(await answer.json());
    if (metadata.issuer !== issuer) {
      throw new Error(`${address} describes another issuer: ${metadata.issuer}`);
    }
    return metadata;
  } catch (cause) {
    throw new GatewayError(
      'issuer_unavailable',
      'The OpenID provider could not be reached, so nobody can be identified. Try again in a moment.',
      { cause },
    );
  }
}
