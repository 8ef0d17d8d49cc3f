import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller, StoredDecision } from '@holdpoint/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { EntryDraft } from '../audit/entry.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import type { HoldDraft } from './approval.ts';
import { claimRelease, findApproval } from './approval.sql.ts';
import { HoldDesk, type HoldOutcome, type Judgement } from './hold-desk.ts';
import { Sweeper } from './sweeper.ts';
import { VerdictsService } from './verdicts.service.ts';

const ISSUER = 'http://issuer.example.com';
const CALLER: Caller = {
  key: `${ISSUER}|agent`,
  issuer: ISSUER,
  subject: 'agent',
  kind: 'service',
  displayName: 'Agent',
  clientId: 'agent',
  groups: ['data-agents'],
  ownerKey: `${ISSUER}|owner`,
};
const DECISION: StoredDecision = {
  effect: 'hold',
  source: 'rule',
  explanation: 'A person looks at every write.',
  rules: [],
  chains: [null],
  masks: [],
};

let gateway: GatewayContext;
let first: INestApplicationContext;
let second: INestApplicationContext;
let connection: ConnectionRecord;

beforeAll(async () => {
  gateway = await startGatewayContext();
  first = await gateway.open();
  second = await gateway.open();
  const { pool } = first.get(Database);
  await pool.query(
    `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
      ($1, 'demo', 'Demo', 'http://127.0.0.1:9/mcp', '{data-agents}',
       '{"tools":[],"resources":false,"prompts":false,"completion":false,"subscriptions":false}',
       '[{"groups":["reviewers"],"people":[],"quorum":1}]')`,
    [uuidv7()],
  );
  await refresh();
  const found = first.get(ConnectionRegistry).bySlug('demo');
  if (!found) throw new Error('The demo connection was not loaded.');
  connection = found;
}, 120_000);

afterAll(() => gateway.close(), 60_000);

beforeEach(async () => {
  await first
    .get(Database)
    .pool.query(`update connection set frozen_at = null, frozen_reason = null`);
  await refresh();
});

async function publish(number: number): Promise<void> {
  await first
    .get(Database)
    .pool.query(
      `insert into policy_version (number, source, published_by) values ($1, 'rules: []', 'test')`,
      [number],
    );
}

async function refresh(): Promise<void> {
  for (const context of [first, second]) {
    await Promise.all([
      context.get(PolicyStore).refresh(),
      context.get(ConnectionRegistry).refresh(),
    ]);
  }
}

function draft(changes: Partial<HoldDraft> = {}): HoldDraft {
  return {
    approvalId: uuidv7(),
    callId: uuidv7(),
    sessionId: uuidv7(),
    callerKey: CALLER.key,
    connectionId: connection.id,
    method: 'tools/call',
    target: 'query',
    paramsDigest: uuidv7(),
    caller: CALLER,
    client: { name: 'test', version: '1' },
    toolDigest: 'tool-1',
    policyVersion: first.get(PolicyStore).current().number,
    freezeEpoch: first.get(ConnectionRegistry).byId(connection.id)?.freezeEpoch ?? 0,
    decision: DECISION,
    steps: [
      {
        chain: 'default',
        reviewers: { groups: ['reviewers'], people: [] },
        quorum: 1,
        deadlineMs: 60_000,
        onDeadline: 'deny',
      },
    ],
    requestFrameId: uuidv7(),
    approvalWindowMs: 60_000,
    ...changes,
  };
}

function record(hold: HoldDraft): EntryDraft {
  return {
    kind: 'call.received',
    connection: { id: connection.id, slug: 'demo' },
    sessionId: hold.sessionId,
    callId: hold.callId,
    who: hold.callerKey,
    method: hold.method,
    target: hold.target,
    frames: [
      {
        id: hold.requestFrameId,
        edge: 'agent-to-gateway',
        bytes: Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'),
        sealed: true,
      },
    ],
  };
}

function person(subject: string): SignedInPerson {
  return {
    key: `${ISSUER}|${subject}`,
    issuer: ISSUER,
    subject,
    name: subject,
    email: `${subject}@example.com`,
    groups: ['reviewers'],
    groupsAt: Date.now(),
    roles: ['reviewer'],
  };
}

const desk = (context = first) => context.get(HoldDesk);
const verdicts = (context = first) => context.get(VerdictsService);

async function held(changes: Partial<HoldDraft> = {}) {
  const hold = draft(changes);
  const outcome = await desk().hold(hold, record(hold), connection);
  if (outcome.kind !== 'waiting') throw new Error(`Expected a wait, got ${outcome.kind}.`);
  return { hold, outcome };
}

function judgement(hold: HoldDraft, changes: Partial<Judgement> = {}): () => Promise<Judgement> {
  return () =>
    Promise.resolve({
      effect: 'hold',
      decision: DECISION,
      steps: hold.steps,
      policyVersion: first.get(PolicyStore).current().number,
      freezeEpoch: first.get(ConnectionRegistry).byId(connection.id)?.freezeEpoch ?? 0,
      toolDigest: hold.toolDigest,
      ...changes,
    });
}

async function approved(changes: Partial<HoldDraft> = {}) {
  const made = await held(changes);
  await verdicts().give(made.hold.approvalId, { verdict: 'approve', step: 0 }, person('avery'));
  return { ...made, approval: await desk().read(made.hold.approvalId) };
}

const stateOf = async (id: string) => (await desk().read(id)).state;
const forwarded = (hold: HoldDraft): EntryDraft => ({
  ...record(hold),
  kind: 'call.forwarded',
  frames: [],
});

describe('a release', () => {
  it('is claimed once, however many try on two replicas at the same moment', async () => {
    // Guarantee: what was approved runs once (invariant 2).
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    const tries = Array.from({ length: 12 }, (_, index) =>
      desk(index % 2 === 0 ? first : second).claim(
        approval,
        outcome.waiterId,
        judgement(hold),
        forwarded(hold),
      ),
    );
    const results = await Promise.all(tries);
    expect(results.filter((result) => result.kind === 'claimed')).toHaveLength(1);
    const { rows } = await first
      .get(Database)
      .pool.query(`select kind from entry where approval_id = $1 and kind = 'call.forwarded'`, [
        hold.approvalId,
      ]);
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['another caller', { callerKey: 'http://issuer.example.com|other' }],
    ['another connection', { connectionId: '00000000-0000-7000-8000-000000000000' }],
    ['another method', { method: 'resources/read' }],
    ['another tool', { target: 'drop_everything' }],
    ['other arguments', { paramsDigest: 'other' }],
    ['another definition of the tool', { toolDigest: 'tool-2' }],
    ['an older policy version', { policyVersion: 0 }],
    ['an older freeze epoch', { freezeEpoch: -1 }],
    ['another waiter', { waiterId: '00000000-0000-7000-8000-000000000000' }],
  ])('is not claimed by %s', async (_case, change) => {
    // Guarantee: a release forwards exactly the call that was approved (invariant 2).
    const { hold, outcome } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    const { pool } = first.get(Database);
    const exact = { ...hold, waiterId: outcome.waiterId, instance: 1 };
    expect(await claimRelease(pool, { ...exact, ...change })).toBe(false);
    expect(await claimRelease(pool, exact)).toBe(true);
  });

  it('is denied at the claim when a policy published meanwhile denies the call', async () => {
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    const now = judgement(hold, {
      effect: 'deny',
      decision: { ...DECISION, effect: 'deny', explanation: 'Not any more.' },
    });
    expect(await desk().claim(approval, outcome.waiterId, now, forwarded(hold))).toEqual({
      kind: 'changed',
    });
    expect(await stateOf(hold.approvalId)).toBe('denied');
  });

  it('is not claimed under a policy that this process has not seen yet', async () => {
    // Guarantee: the database says what is in force, not a cache.
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    const stale = first.get(PolicyStore).current().number;
    await publish(stale + 1);
    const { pool } = first.get(Database);
    expect(
      await claimRelease(pool, {
        ...hold,
        policyVersion: stale,
        waiterId: outcome.waiterId,
        instance: 1,
      }),
    ).toBe(false);
    await refresh();
    expect(
      await desk().claim(approval, outcome.waiterId, judgement(hold), forwarded(hold)),
    ).toEqual({ kind: 'claimed' });
  });

  it('goes back to the reviewers when the policy in force asks a further chain', async () => {
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await publish(first.get(PolicyStore).current().number + 1);
    await refresh();
    const security = {
      chain: 'security',
      reviewers: { groups: ['security'], people: [] },
      quorum: 1,
      deadlineMs: 60_000,
      onDeadline: 'deny' as const,
    };
    const now = judgement(hold, { steps: [...hold.steps, security] });
    expect(await desk().claim(approval, outcome.waiterId, now, forwarded(hold))).toEqual({
      kind: 'changed',
    });
    const again = await desk().read(hold.approvalId);
    expect(again.state).toBe('held');
    expect(again.steps.map((step) => step.chain)).toEqual(['default', 'security']);
  });

  it('goes back to the reviewers when the connection’s own chain asks others now', async () => {
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    const steps = hold.steps.map((step) => ({
      ...step,
      reviewers: { groups: ['dba'], people: [] },
    }));
    const now = judgement(hold, { steps });
    expect(await desk().claim(approval, outcome.waiterId, now, forwarded(hold))).toEqual({
      kind: 'changed',
    });
    expect(await stateOf(hold.approvalId)).toBe('held');
  });

  it('is void when the tool’s definition changed', async () => {
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await desk().claim(
      approval,
      outcome.waiterId,
      judgement(hold, { toolDigest: 'tool-2' }),
      forwarded(hold),
    );
    expect(await stateOf(hold.approvalId)).toBe('void');
  });
});

describe('the same call again', () => {
  const again = (hold: HoldDraft): HoldDraft => ({
    ...hold,
    approvalId: uuidv7(),
    callId: uuidv7(),
    requestFrameId: uuidv7(),
  });
  const repeat = (hold: HoldDraft): Promise<HoldOutcome> => {
    const copy = again(hold);
    return desk(second).hold(copy, record(copy), connection);
  };

  it('opens its own approval beside a live waiter', async () => {
    const { hold } = await held();
    const outcome = await repeat(hold);
    expect(outcome.kind === 'waiting' && outcome.approval.id).not.toBe(hold.approvalId);
  });

  it('joins an approval whose waiter left', async () => {
    const { hold, outcome } = await held();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await desk().detach(outcome.approval, outcome.waiterId, 'left', forwarded(hold));
    const joined = await repeat(hold);
    expect(joined).toMatchObject({ kind: 'waiting', joined: true });
    expect(joined.kind === 'waiting' && joined.approval.id).toBe(hold.approvalId);
  });

  it('joins an approval whose gateway process died', async () => {
    const third = await gateway.open();
    const hold = draft();
    await third.get(HoldDesk).hold(hold, record(hold), connection);
    await third.close();
    const joined = await repeat(hold);
    expect(joined.kind === 'waiting' && joined.approval.id).toBe(hold.approvalId);
  });

  // Guarantee (invariant 4): a hold of an unowned service stays undecidable, and its new owner decides about none of its calls.
  it.each([
    ['nobody', null],
    ['somebody else', `${ISSUER}|other`],
  ])('asks anew once it has an owner, where %s owned it when it was held', async (_who, before) => {
    const service = { ...CALLER, kind: 'service' as const };
    const caller = { ...service, ownerKey: before };
    const { hold, outcome } = await held({ caller });
    await desk().detach(outcome.approval, outcome.waiterId, 'left', forwarded(hold));
    const again = await held({
      paramsDigest: hold.paramsDigest,
      caller: { ...service, ownerKey: `${ISSUER}|owner` },
    });
    expect(again.outcome.approval.id).not.toBe(hold.approvalId);
    await verdicts().give(again.hold.approvalId, { verdict: 'approve', step: 0 }, person('avery'));
  });

  it('of another caller never joins', async () => {
    // Guarantee: handles and releases belong to the caller that got them (invariant 10).
    const { hold, outcome } = await held();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await desk().detach(outcome.approval, outcome.waiterId, 'left', forwarded(hold));
    const copy = {
      ...again(hold),
      callerKey: `${ISSUER}|intruder`,
      caller: { ...CALLER, key: `${ISSUER}|intruder` },
    };
    const theirs = await desk().hold(copy, record(copy), connection);
    expect(theirs.kind === 'waiting' && theirs.approval.id).toBe(copy.approvalId);
  });

  it('is told of a denial for a while, and asks nobody again', async () => {
    const { hold, outcome } = await held();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await verdicts().give(
      hold.approvalId,
      { verdict: 'deny', step: 0, reason: 'No.' },
      person('avery'),
    );
    await desk().detach(outcome.approval, outcome.waiterId, 'told', forwarded(hold));
    expect(await repeat(hold)).toMatchObject({ kind: 'denied-before' });
  });

  it('gets the answer that was never collected, and runs nothing', async () => {
    const { hold, outcome, approval } = await approved();
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await desk().claim(approval, outcome.waiterId, judgement(hold), forwarded(hold));
    const frameId = uuidv7();
    await desk().answer(hold.approvalId, frameId, {
      ...record(hold),
      kind: 'call.answered',
      frames: [{ id: frameId, edge: 'gateway-to-agent', bytes: Buffer.from('{}'), sealed: false }],
    });
    await desk().detach(approval, outcome.waiterId, 'left', forwarded(hold));
    const joined = await repeat(hold);
    expect(joined).toMatchObject({
      kind: 'waiting',
      approval: { id: hold.approvalId, state: 'answered' },
    });
    await desk().delivered(hold.approvalId, record(hold));
    expect(await repeat(hold)).toMatchObject({ kind: 'waiting', joined: false });
  });
});

describe('bounds', () => {
  it('refuses the 21st undecided hold of a caller, exactly, on two replicas at once', async () => {
    const key = `${ISSUER}|busy`;
    const outcomes = await Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        const hold = draft({ callerKey: key, caller: { ...CALLER, key } });
        return desk(index % 2 === 0 ? first : second).hold(hold, record(hold), connection);
      }),
    );
    expect(outcomes.filter((outcome) => outcome.kind === 'waiting')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome.kind === 'too-many')).toHaveLength(5);
  });
});

describe('verdicts', () => {
  it('settle once when two reviewers decide at the same moment on two replicas', async () => {
    const { hold } = await held();
    const results = await Promise.allSettled([
      verdicts(first).give(hold.approvalId, { verdict: 'approve', step: 0 }, person('avery')),
      verdicts(second).give(
        hold.approvalId,
        { verdict: 'deny', step: 0, reason: 'No.' },
        person('riley'),
      ),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const [refused] = results.filter((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'settled' });
  });

  it.each([
    ['the caller itself', 'agent', 'own_call'],
    ['the owner of the calling service', 'owner', 'own_service'],
  ])('of %s are refused', async (_case, subject, code) => {
    // Guarantee: nobody approves their own call (invariant 4).
    const { hold } = await held();
    await expect(
      verdicts().give(hold.approvalId, { verdict: 'approve', step: 0 }, person(subject)),
    ).rejects.toMatchObject({ code });
    expect(await stateOf(hold.approvalId)).toBe('held');
  });

  it('on a service that nobody owns are refused', async () => {
    const { hold } = await held({ caller: { ...CALLER, ownerKey: null } });
    await expect(
      verdicts().give(hold.approvalId, { verdict: 'approve', step: 0 }, person('avery')),
    ).rejects.toMatchObject({ code: 'unowned_service' });
  });

  it('after the deadline are refused though nothing has settled it yet', async () => {
    // Guarantee: database time decides expiry.
    const { hold } = await held();
    await first
      .get(Database)
      .pool.query(`update approval set expires_at = now() - interval '1 ms' where id = $1`, [
        hold.approvalId,
      ]);
    await expect(
      verdicts().give(hold.approvalId, { verdict: 'approve', step: 0 }, person('avery')),
    ).rejects.toMatchObject({ code: 'settled' });
  });
});

describe('the sweeper', () => {
  it('expires an approval once, though two replicas sweep', async () => {
    const { hold } = await held();
    await first
      .get(Database)
      .pool.query(`update approval set expires_at = now() - interval '1 ms' where id = $1`, [
        hold.approvalId,
      ]);
    await Promise.all([first.get(Sweeper).sweep(), second.get(Sweeper).sweep()]);
    const { rows } = await first
      .get(Database)
      .pool.query(`select 1 from entry where approval_id = $1 and kind = 'approval.expired'`, [
        hold.approvalId,
      ]);
    expect(rows).toHaveLength(1);
    expect(await stateOf(hold.approvalId)).toBe('expired');
  });

  it('denies what a frozen connection still holds', async () => {
    const { hold } = await held();
    await first
      .get(Database)
      .pool.query(
        `update connection set frozen_at = now(), frozen_reason = 'incident', freeze_epoch = freeze_epoch + 1`,
      );
    await first.get(Sweeper).sweep();
    const approval = await findApproval(first.get(Database).pool, hold.approvalId);
    expect(approval).toMatchObject({
      state: 'denied',
      stateReason: 'The connection was frozen: incident',
    });
  });

  it('shows a call as unknown when the process that ran it died', async () => {
    // Guarantee: once a byte may have left, only a complete answer ends it as answered (invariant 2).
    const third = await gateway.open();
    const hold = draft();
    const outcome = await third.get(HoldDesk).hold(hold, record(hold), connection);
    if (outcome.kind !== 'waiting') throw new Error('unreachable');
    await verdicts().give(hold.approvalId, { verdict: 'approve', step: 0 }, person('avery'));
    await third
      .get(HoldDesk)
      .claim(
        await desk().read(hold.approvalId),
        outcome.waiterId,
        judgement(hold),
        forwarded(hold),
      );
    await third.close();
    await first
      .get(Database)
      .pool.query(`update gateway_instance set seen_at = now() - interval '11 s'`);
    await first.get(Sweeper).sweep();
    expect(await stateOf(hold.approvalId)).toBe('unknown');
  });
});

describe('what is recorded', () => {
  it.each(['entry', 'verdict', 'policy_version'])(
    'in %s can’t be changed or removed',
    async (table) => {
      const { pool } = first.get(Database);
      await expect(pool.query(`delete from ${table}`)).rejects.toMatchObject({ code: '23001' });
    },
  );
});
