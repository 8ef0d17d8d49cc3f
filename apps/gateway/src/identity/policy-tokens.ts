import { createHash, randomBytes } from 'node:crypto';
import type {
  PolicyTokenCreated,
  PolicyTokenInput,
  PolicyTokenList,
  PolicyTokenScope,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import {
  insertPolicyToken,
  listPolicyTokens,
  revokePolicyToken,
  usePolicyToken,
  type PolicyTokenRow,
} from './policy-token.sql.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** Says what it is wherever it turns up, so that scanners for leaked secrets find it. */
const PREFIX = 'hpp_';
const FORM = /^hpp_[A-Za-z0-9_-]{43}$/;
const SCOPES: readonly PolicyTokenScope[] = ['read', 'propose', 'publish'];

/** A pipeline that came with a policy token. */
export interface PolicyPipeline {
  readonly tokenId: string;
  /** Its name, and who answers for it: whoever made the token. */
  readonly title: string;
  readonly scope: PolicyTokenScope;
  readonly ownerKey: string;
  readonly ownerName: string;
}

/**
 * Tokens with which a pipeline reads, proposes or publishes the policy. They open nothing else: no
 * other route of the API, no MCP endpoint, no verdict.
 */
@Injectable()
export class PolicyTokens {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
  ) {}

  async list(): Promise<PolicyTokenList> {
    const rows = await listPolicyTokens(this.database.pool);
    return { items: rows.map(viewOf) };
  }

  async create(input: PolicyTokenInput, person: SignedInPerson): Promise<PolicyTokenCreated> {
    const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    const id = newId();
    const { title, scope, days } = input;
    await this.database.transaction(async (client) => {
      await insertPolicyToken(client, {
        id,
        title,
        scope,
        days,
        hash: hashOf(token),
        createdBy: person.key,
        createdByName: person.name,
      });
      await this.ledger.appendIn(
        client,
        entryOf('policy-token.created', person, { id, title, scope, days }),
      );
    });
    return { ...(await this.list()), token };
  }

  async revoke(id: string, person: SignedInPerson): Promise<PolicyTokenList> {
    await this.database.transaction(async (client) => {
      const revoked = await revokePolicyToken(client, id, person.name);
      if (revoked === undefined)
        throw new GatewayError('not_found', 'There is no such token in use. Reload the list.');
      const { title, scope } = revoked;
      await this.ledger.appendIn(
        client,
        entryOf('policy-token.revoked', person, { id, title, scope }),
      );
    });
    return this.list();
  }

  /**
   * The pipeline that an `Authorization` header proves.
   *
   * @throws GatewayError `policy_token_refused` without a usable token, `forbidden` where its scope is
   * too small
   */
  async authenticate(
    authorization: string | undefined,
    needed: PolicyTokenScope,
  ): Promise<PolicyPipeline> {
    const token = /^Bearer ([^\s]+)$/i.exec(authorization ?? '')?.[1] ?? '';
    // By its hash: how long the look-up takes tells nothing about a token.
    const row = FORM.test(token)
      ? await usePolicyToken(this.database.pool, hashOf(token))
      : undefined;
    if (row === undefined)
      throw new GatewayError(
        'policy_token_refused',
        'This needs a policy token that is neither revoked nor expired. An admin makes one in the console, under Account, Policy tokens.',
      );
    if (SCOPES.indexOf(row.scope) < SCOPES.indexOf(needed))
      throw new GatewayError(
        'forbidden',
        `The token “${row.title}” may only ${row.scope}; this needs one that may ${needed}.`,
      );
    const { id: tokenId, title, scope, createdBy: ownerKey, createdByName: ownerName } = row;
    return { tokenId, title, scope, ownerKey, ownerName };
  }
}

function viewOf({ createdByName, revokedAt, revokedByName, ...row }: PolicyTokenRow) {
  return {
    id: row.id,
    title: row.title,
    scope: row.scope,
    createdBy: createdByName,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revoked: revokedAt && { at: revokedAt.toISOString(), by: revokedByName ?? '' },
  };
}

/** A token has 256 bits of its own, so a plain hash can't be guessed backwards. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function entryOf(
  kind: string,
  person: SignedInPerson,
  data: NonNullable<EntryDraft['data']>,
): EntryDraft {
  return { kind, who: person.key, data: { person: person.name, ...data } };
}
