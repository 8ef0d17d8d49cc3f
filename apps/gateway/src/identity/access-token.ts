import { z } from 'zod';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { readGroups } from './groups-claim.ts';

/** What the gateway takes from a verified access token. */
export interface AccessToken {
  readonly subject: string;
  readonly clientId: string | null;
  /** Value of the claim that identifies people; `null` when the token has none. */
  readonly person: string | null;
  readonly isService: boolean;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly expiresAtMs: number;
}

const text = z.string().min(1).max(512);
const claimsSchema = z.looseObject({
  sub: z.string().min(1).max(255),
  exp: z.number(),
  client_id: text.optional(),
  azp: text.optional(),
  cid: text.optional(),
  name: text.optional(),
  preferred_username: text.optional(),
  idtyp: text.optional(),
  gty: z.union([text, z.array(text)]).optional(),
  typ: text.optional(),
});
type Claims = z.infer<typeof claimsSchema>;

/** RFC 9068's type, and the ones of providers from before it. */
const HEADER_TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt']);
/** An ID token, or one bound to a key that its sender did not prove. */
const FOREIGN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'cnf', 'events'];

/** Refuses what is signed by the provider but was never meant to open this gateway. */
export function readAccessToken(
  header: { readonly typ?: string | undefined },
  payload: Readonly<Record<string, unknown>>,
  env: Environment,
): AccessToken {
  if (header.typ !== undefined && !HEADER_TYPES.has(header.typ.toLowerCase())) {
    throw tokenRefused(`A token of type ${header.typ.slice(0, 40)} is not an access token.`);
  }
  if (FOREIGN_CLAIMS.some((claim) => payload[claim] !== undefined)) {
    throw tokenRefused(
      'This is an ID token, or is bound to a key: a plain access token is needed.',
    );
  }
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) throw tokenRefused('The token’s claims are not those of an access token.');
  const claims = parsed.data;
  // Keycloak says in the payload what a token is for.
  if (claims.typ !== undefined && claims.typ.toLowerCase() !== 'bearer') {
    throw tokenRefused('This token is not a bearer token.');
  }
  const groups = readGroups(claims, env.HOLDPOINT_OIDC_GROUPS_CLAIM);
  if (groups === undefined) {
    throw tokenRefused(
      `The token’s claim ${env.HOLDPOINT_OIDC_GROUPS_CLAIM} is no complete list of groups.`,
    );
  }
  return {
    subject: claims.sub,
    clientId: clientOf(claims),
    person: text.safeParse(claims[env.HOLDPOINT_OIDC_PERSON_CLAIM]).data ?? null,
    isService: isService(claims),
    name: claims.name ?? claims.preferred_username ?? null,
    groups,
    expiresAtMs: claims.exp * 1000,
  };
}

function clientOf(claims: Claims): string | null {
  return claims.client_id ?? claims.azp ?? claims.cid ?? null;
}

/**
 * Client credentials, as the common providers mark them. Taking a person for a service is safe (an
 * unowned service's hold can't be approved); the other way round would let its owner approve.
 */
function isService(claims: Claims): boolean {
  return (
    claims.sub === clientOf(claims) ||
    claims.idtyp === 'app' ||
    [claims.gty].flat().includes('client-credentials') ||
    claims.sub.endsWith('@clients') ||
    claims.preferred_username?.startsWith('service-account-') === true
  );
}

/** `message` may be read by the client: it names what is wrong, never the token. */
export function tokenRefused(message: string, cause?: unknown): GatewayError {
  return new GatewayError('unauthenticated', message, {
    cause,
    details: { error: 'invalid_token', error_description: message },
  });
}
