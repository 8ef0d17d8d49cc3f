import { z } from 'zod';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { askForTokens, askUserinfo, verifyIdToken } from './code-flow.ts';
import { readGroups } from './groups-claim.ts';
import type { Issuer } from './issuer.ts';
import type { ProviderAnswer } from './provider-request.ts';

/** `refused`: only a new sign-in helps. `unreachable`: nothing was learned, and nothing is lost. */
export type GroupsAnswer =
  | { readonly kind: 'learned'; readonly groups: readonly string[] }
  | { readonly kind: 'refused'; readonly cause: unknown }
  | { readonly kind: 'unreachable'; readonly cause: unknown };

const renewedSchema = z.looseObject({
  access_token: z.string(),
  id_token: z.string().optional(),
  refresh_token: z.string().optional(),
});
const claimsSchema = z.looseObject({ sub: z.string() });

interface Asked {
  readonly refreshToken: string;
  /** Whose groups: anybody else's are refused. */
  readonly sub: string;
  /** Takes a rotated token, before anything else can fail. */
  readonly keep: (rotated: string) => Promise<void>;
}

/** The refresh grant (RFC 6749 section 6), then userinfo: which groups the person is in now. */
export async function askGroupsAgain(
  issuer: Issuer,
  env: Environment,
  { refreshToken, sub, keep }: Asked,
): Promise<GroupsAnswer> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const answer = await asked(async () => askForTokens(await issuer.metadata(), env, form));
  if (answer.kind !== 'answered') return failureOf(answer);
  const tokens = renewedSchema.safeParse(answer.body);
  if (!tokens.success) return { kind: 'unreachable', cause: tokens.error };
  if (tokens.data.refresh_token !== undefined) await keep(tokens.data.refresh_token);
  return askClaims(issuer, env, { sub, tokens: tokens.data });
}

async function askClaims(
  issuer: Issuer,
  env: Environment,
  { sub, tokens }: { readonly sub: string; readonly tokens: z.infer<typeof renewedSchema> },
): Promise<GroupsAnswer> {
  const told: unknown[] = [];
  try {
    const { userinfo_endpoint: address } = await issuer.metadata();
    if (tokens.id_token !== undefined) told.push(await verifyIdToken(issuer, env, tokens.id_token));
    if (address !== undefined) {
      const answer = await askUserinfo(address, tokens.access_token);
      if (answer.kind !== 'answered') return failureOf(answer);
      told.push(answer.body);
    }
  } catch (cause) {
    return failureOf(thrown(cause));
  }
  return groupsOf(told, env, sub);
}

/** What is thrown on the way to the provider is about the provider, except for a token that is not its own. */
async function asked(work: () => Promise<ProviderAnswer>): Promise<ProviderAnswer> {
  try {
    return await work();
  } catch (cause) {
    return thrown(cause);
  }
}

function thrown(cause: unknown): Exclude<ProviderAnswer, { kind: 'answered' }> {
  return cause instanceof GatewayError && cause.code === 'sign_in_failed'
    ? { kind: 'refused', status: 400, code: 'invalid_token', cause }
    : { kind: 'unreachable', cause };
}

function failureOf(answer: Exclude<ProviderAnswer, { kind: 'answered' }>): GroupsAnswer {
  // `invalid_grant` is the token endpoint's; `invalid_token` is userinfo's (RFC 6750 section 3.1).
  const isFinal =
    answer.kind === 'refused' &&
    (answer.code === 'invalid_grant' || answer.code === 'invalid_token');
  return { kind: isFinal ? 'refused' : 'unreachable', cause: answer.cause };
}

function groupsOf(parts: readonly unknown[], env: Environment, sub: string): GroupsAnswer {
  const refused = (why: string): GroupsAnswer => ({ kind: 'refused', cause: new Error(why) });
  let claims: Record<string, unknown> = {};
  for (const part of parts) {
    const read = claimsSchema.safeParse(part);
    // OpenID Connect Core 5.3.2 and 12.2: else these could be another person's claims.
    if (!read.success || read.data.sub !== sub) return refused('Claims of another subject.');
    claims = { ...claims, ...read.data };
  }
  if (parts.length === 0) return refused('Neither an ID token nor userinfo.');
  const groups = readGroups(claims, env.HOLDPOINT_OIDC_GROUPS_CLAIM);
  return groups === undefined
    ? refused('Groups that can’t be read in full.')
    : { kind: 'learned', groups };
}
