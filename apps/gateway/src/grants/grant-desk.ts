import { freedomFault, type GrantShape } from '@holdpoint/approval';
import type { GrantVerdict } from '@holdpoint/contracts';
import { digestInput, parseClientFrame, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord, VerdictRow } from '../approvals/approval.ts';
import { findJoinable, lockCaller } from '../approvals/approval.sql.ts';
import { withArguments } from '../approvals/held-edits.ts';
import { ownersNow } from '../approvals/verdict.sql.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { awaitFreezes } from '../freezes/freeze.sql.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { argumentSchema, grantArguments } from './grant-arguments.ts';
import {
  consentsOf,
  endGrant,
  giveGrant,
  grantOf,
  insertConsent,
  insertGrant,
  insertUse,
  takeUse,
  type Consent,
  type GrantBinding,
} from './grant.sql.ts';
import { GrantStore } from './grant-store.ts';
import { rulesDigest } from './rules-digest.ts';

/** The call that would take a use, and what its record says. */
export interface Use {
  readonly grantId: string;
  readonly bound: GrantBinding & { readonly policyVersion: number };
  readonly paramsDigest: string;
  readonly caller: ApprovalRecord['caller'];
  readonly callId: string;
  readonly sessionId: string;
  readonly received: EntryDraft;
}

/** Grants: proposed and agreed to with verdicts, used by calls. Every change is one conditional update. */
@Injectable()
export class GrantDesk {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly envelope: Envelope,
    private readonly store: GrantStore,
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
  ) {}

  /**
   * What an approving verdict says of a grant. In the verdict's transaction, under the approval's lock.
   * An approval without one says no to what is proposed: then none arises.
   */
  async onApprove(
    client: Queryable,
    approval: ApprovalRecord,
    requestText: string | undefined,
    earlier: readonly VerdictRow[],
    said: GrantVerdict | undefined,
    consent: Consent,
    entry: EntryDraft,
  ): Promise<void> {
    const proposed = await this.#proposed(client, approval);
    if (said === undefined) {
      if (proposed) await this.#notGiven(client, proposed.id, consent.personName, entry);
      return;
    }
    if (said.kind === 'agree') {
      if (proposed?.id !== said.grantId) throw ended();
      await insertConsent(client, proposed.id, consent);
      return;
    }
    const counted = earlier.filter(({ step }) => !approval.steps[step]?.isVoid);
    if (proposed !== undefined || counted.length > 0) throw tooLate();
    const id = await this.#propose(client, approval, requestText, said, consent);
    await insertConsent(client, id, consent);
    const { uses, minutes, free } = said;
    const data = { grant: id, uses, minutes, free: Object.keys(free), person: consent.personName };
    await this.ledger.appendIn(client, { ...entry, kind: 'grant.proposed', data });
  }

  /** With the whole chain's consent it is in force; whatever else the approval came to, it is not given. */
  async onSettled(
    client: Queryable,
    approval: ApprovalRecord,
    outcome: 'approved' | 'denied' | 'broken',
    verdicts: readonly VerdictRow[],
    entry: EntryDraft,
  ): Promise<void> {
    const proposed = await this.#proposed(client, approval);
    if (proposed === undefined) return;
    const consents = await consentsOf(client, [proposed.id]);
    const counted = verdicts.filter(({ step }) => !approval.steps[step]?.isVoid);
    const isWhole = counted.every(({ step, personKey }) =>
      consents.some((one) => one.step === step && one.personKey === personKey),
    );
    const given =
      outcome === 'approved' &&
      isWhole &&
      (await giveGrant(client, proposed.id, approval.paramsDigest));
    if (!given) return this.#notGiven(client, proposed.id, null, entry);
    const { id, usesAllowed: uses, minutes } = proposed;
    const people = consents.map(({ personName }) => personName);
    const data = { grant: id, uses, minutes, people };
    await this.ledger.appendIn(client, { ...entry, kind: 'grant.given', data });
    await this.bus.announce('grants', id, client);
  }

  /**
   * Takes one use and records the call's intent in one transaction; `false`: this call is held as any
   * other. One that would join an approval does that, and uses nothing.
   */
  async use(use: Use): Promise<boolean> {
    const { bound, grantId, received } = use;
    return this.database.transactionInTurn(bound.callerKey, async (client) => {
      await awaitFreezes(client);
      await lockCaller(client, bound.callerKey);
      // Under the lock of its registration, and not by what this process last read of it.
      if (use.caller.kind === 'service') {
        const owners = await ownersNow(client, use.caller);
        if (bound.ownerKey === null || !owners.includes(bound.ownerKey)) return false;
      }
      const same = { ...bound, paramsDigest: use.paramsDigest, caller: use.caller };
      if ((await findJoinable(client, same)) !== undefined) return false;
      const left = await takeUse(client, grantId, bound);
      if (left === undefined) return false;
      await insertUse(client, grantId, use);
      const { frames: _frames, data: _data, effect: _effect, ...used } = received;
      await this.ledger.appendIn(
        client,
        { ...received, effect: 'allow', data: { ...received.data, grant: grantId } },
        { ...used, kind: 'grant.used', data: { grant: grantId, left } },
      );
      return true;
    });
  }

  /** Its call ended without anybody's last verdict. */
  async leave(grantId: string, record: EntryDraft): Promise<void> {
    await this.database.transaction((client) => this.#notGiven(client, grantId, null, record));
  }

  /** The rule, the chain or the tool's definition is another one now: the grant is over for good. */
  async lapse(grantId: string, reason: string, record: EntryDraft): Promise<void> {
    const ended = await this.database.transaction(async (client) => {
      const end = { from: 'in-force', to: 'lapsed', by: null, reason } as const;
      if (!(await endGrant(client, grantId, end))) return false;
      const data = { grant: grantId, reason };
      await this.ledger.appendIn(client, { ...record, kind: 'grant.lapsed', data });
      return true;
    });
    if (ended) await this.bus.announce('grants', grantId).catch(() => undefined);
  }

  /**
   * Whether a grant may come of this approval, as far as its rules and its tool say. What nobody accepted is
   * looked at each time: whoever approves calls does not thereby accept definitions.
   */
  isGrantable(approval: ApprovalRecord): boolean {
    const connection = this.connections.byId(approval.connectionId);
    const tool = this.catalogue.find(approval.connectionId, approval.target);
    return (
      connection !== undefined &&
      approval.method === 'tools/call' &&
      this.#rulesDigest(approval, connection) !== null &&
      tool?.digest === approval.toolDigest &&
      this.catalogue.quarantineOf(connection, approval.method, { name: approval.target }) ===
        undefined
    );
  }

  /** Of the params without their arguments: what a grant never leaves free. */
  restDigest(frame: Frame): string {
    const rest = digestInput(withArguments(frame, '{}'));
    return this.envelope.mac('holdpoint-grant-rest-v1', rest);
  }

  async #proposed(client: Queryable, approval: ApprovalRecord) {
    const latest = await grantOf(client, approval.id);
    // One that was proposed for other arguments is not about this approval any more.
    return latest?.state === 'proposed' && latest.paramsDigest === approval.paramsDigest
      ? latest
      : undefined;
  }

  async #propose(
    client: Queryable,
    approval: ApprovalRecord,
    requestText: string | undefined,
    said: Extract<GrantVerdict, { kind: 'propose' }>,
    by: Consent,
  ): Promise<string> {
    if (requestText === undefined || approval.method !== 'tools/call') throw onlyTools();
    const frame = parseClientFrame(Buffer.from(requestText), { maxBytes: Number.MAX_SAFE_INTEGER });
    const id = newId();
    await insertGrant(client, {
      id,
      approvalId: approval.id,
      callerName: approval.caller.displayName,
      callerKey: approval.callerKey,
      ownerKey: approval.caller.ownerKey,
      connectionId: approval.connectionId,
      method: approval.method,
      target: approval.target,
      paramsDigest: approval.paramsDigest,
      restDigest: this.restDigest(frame),
      toolDigest: approval.toolDigest,
      rulesDigest: this.#rules(approval),
      decision: approval.decision,
      freezeEpoch: approval.freezeEpoch,
      sealedShape: this.store.sealShape(id, this.#shape(approval, frame, said.free)),
      minutes: said.minutes,
      usesAllowed: said.uses,
      proposedBy: by.personKey,
      proposedByName: by.personName,
    });
    return id;
  }

  #rules(approval: ApprovalRecord): string {
    const connection = this.connections.byId(approval.connectionId);
    const digest = connection && this.#rulesDigest(approval, connection);
    if (digest == null || !this.isGrantable(approval)) throw notOfRules();
    return digest;
  }

  #rulesDigest(approval: ApprovalRecord, connection: ConnectionRecord): string | null {
    const { number, policy } = this.policies.current();
    if (number !== approval.policyVersion) return null;
    return rulesDigest(approval.decision, policy, connection);
  }

  /** INVARIANT: nothing that is run or looked up is left free, by the same function that the form asks. */
  #shape(approval: ApprovalRecord, frame: Frame, free: GrantShape['free']): GrantShape {
    const args = grantArguments(frame);
    const tool = this.catalogue.find(approval.connectionId, approval.target);
    if (args === undefined || tool === undefined || tool.digest !== approval.toolDigest)
      throw onlyTools();
    for (const [name, freedom] of Object.entries(free)) {
      const argument = args.get(name);
      const fault =
        argument === undefined
          ? 'is no argument of this call'
          : freedomFault(name, argument, argumentSchema(tool, name), freedom);
      if (fault !== null) throw notFree(name, fault);
    }
    const fixed = [...args].filter(([name]) => !Object.hasOwn(free, name));
    return {
      fixed: Object.fromEntries(fixed.map(([name, { canonical }]) => [name, canonical])),
      free,
    };
  }

  async #notGiven(
    client: Queryable,
    id: string,
    by: string | null,
    entry: EntryDraft,
  ): Promise<void> {
    const reason =
      by === null ? 'The call was not approved with it.' : `${by} approved the call without it.`;
    const end = { from: 'proposed', to: 'not-given', by, reason } as const;
    if (!(await endGrant(client, id, end))) return;
    await this.ledger.appendIn(client, {
      ...entry,
      kind: 'grant.not_given',
      data: { grant: id, reason },
    });
  }
}

const NOTHING = 'Nothing was recorded, neither your verdict nor a grant: ';

function tooLate(): GatewayError {
  return new GatewayError(
    'grant_refused',
    `${NOTHING}a grant needs the consent of everyone who approves, and somebody has approved without it or proposed one already. Approve the call alone.`,
  );
}

function onlyTools(): GatewayError {
  return new GatewayError(
    'grant_refused',
    `${NOTHING}a grant is for calls of one tool whose arguments and definition are known. Approve the call alone.`,
  );
}

function notOfRules(): GatewayError {
  return new GatewayError(
    'grant_refused',
    `${NOTHING}what held this call is looked at by a person each time: a rule that could not be checked, a definition that nobody accepted, or a policy that changed just now. Approve the call alone.`,
  );
}

function notFree(name: string, fault: string): GatewayError {
  return new GatewayError('grant_refused', `${NOTHING}the argument “${name}” ${fault}.`);
}

function ended(): GatewayError {
  return new GatewayError(
    'grant_ended',
    `${NOTHING}the grant that your page showed is no longer proposed. Look again, then decide.`,
  );
}
