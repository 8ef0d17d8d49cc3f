import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { shownBy, STATES, TABLE, type ApprovalState } from '@holdpoint/approval';
import type { Shown } from '@holdpoint/contracts';
import { PolicyStore } from '../policies/policy-store.ts';
import {
  ApprovalsBench,
  DECISION,
  ISSUER,
  own,
  reviewer,
  SERVICE,
  type Approved,
} from '../testing/approvals-bench.ts';
import { until } from '../testing/mcp-bench.ts';
import { verdictGiver } from '../testing/verdict-giver.ts';
import { claimRelease, findApproval } from './approval.sql.ts';
import { ApprovalsView } from './approvals.view.ts';
import type { Judgement } from './rejudgement.ts';
import { Sweeper } from './sweeper.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

beforeEach(async () => {
  await first.pool.query(`update connection set frozen_at = null, frozen_reason = null`);
  await refresh();
});

const refresh = () => Promise.all([first.refresh(), second.refresh()]);
/** No digest of anything. */
const NOTHING = '0'.repeat(64);

describe('a release', () => {
  /** With the approval as it was read once, whatever became of it since. */
  const claim = (
    { hold, outcome, approval }: Approved,
    changes: Partial<Judgement> = {},
    on = first,
  ) => {
    const judge = first.judgement(hold, changes);
    const forwarded = first.forwarded(hold);
    return on.desk.claim(approval, outcome.waiterId, hold.paramsDigest, judge, forwarded);
  };

  it('is claimed once, however many try on two replicas at the same moment', async () => {
    // Guarantee: what was approved runs once (invariant 2).
    const made = await first.approved();
    const { hold } = made;
    const tries = Array.from({ length: 12 }, (_, index) =>
      claim(made, {}, index % 2 === 0 ? first : second),
    );
    const results = await Promise.all(tries);
    expect(results.filter((result) => result.kind === 'claimed')).toHaveLength(1);
    const { rows } = await first.pool.query(
      `select kind from entry where approval_id = $1 and kind = 'call.forwarded'`,
      [hold.approvalId],
    );
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
    const { hold, outcome } = await first.approved();
    const exact = { ...hold, waiterId: outcome.waiterId, instance: 1 };
    expect(await claimRelease(first.pool, { ...exact, ...change })).toBe(false);
    expect(await claimRelease(first.pool, exact)).toBe(true);
  });

  it('is denied at the claim when a policy published meanwhile denies the call', async () => {
    const made = await first.approved();
    const { hold } = made;
    const now = {
      effect: 'deny' as const,
      decision: { ...DECISION, effect: 'deny' as const, explanation: 'Not any more.' },
    };
    expect(await claim(made, now)).toEqual({ kind: 'changed' });
    expect(await first.stateOf(hold.approvalId)).toBe('denied');
  });

  it('is not claimed under a policy that this process has not seen yet', async () => {
    // Guarantee: the database says what is in force, not a cache.
    const made = await first.approved();
    const { hold, outcome } = made;
    const stale = first.context.get(PolicyStore).current().number;
    await second.publish();
    expect(
      await claimRelease(first.pool, {
        ...hold,
        policyVersion: stale,
        waiterId: outcome.waiterId,
        instance: 1,
      }),
    ).toBe(false);
    await refresh();
    expect(await claim(made)).toEqual({ kind: 'claimed' });
  });

  it('goes back to the reviewers when the policy in force asks a further chain', async () => {
    const made = await first.approved();
    const { hold } = made;
    await second.publish();
    await refresh();
    const security = {
      chain: 'security',
      reviewers: { groups: ['security'], people: [] },
      quorum: 1,
      deadlineMs: 60_000,
      onDeadline: 'deny' as const,
    };
    const now = { steps: [...hold.steps, security] };
    expect(await claim(made, now)).toEqual({ kind: 'changed' });
    const again = await first.read(hold.approvalId);
    expect(again.state).toBe('held');
    expect(again.steps.map((step) => step.chain)).toEqual(['default', 'security']);
  });

  it('goes back to the reviewers when the connection’s own chain asks others now', async () => {
    const made = await first.approved();
    const { hold } = made;
    const steps = hold.steps.map((step) => ({
      ...step,
      reviewers: { groups: ['dba'], people: [] },
    }));
    expect(await claim(made, { steps })).toEqual({ kind: 'changed' });
    expect(await first.stateOf(hold.approvalId)).toBe('held');
  });

  it('is void when the tool’s definition changed', async () => {
    const made = await first.approved();
    const { hold } = made;
    await claim(made, { toolDigest: 'tool-2' });
    expect(await first.stateOf(hold.approvalId)).toBe('void');
  });
});

describe('bounds', () => {
  it('refuses the 21st undecided hold of a caller, exactly, on two replicas at once', async () => {
    const key = `${ISSUER}|busy`;
    const outcomes = await Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        const hold = first.draft({ callerKey: key, caller: { ...SERVICE, key } });
        return (index % 2 === 0 ? first : second).desk.hold(
          hold,
          first.record(hold),
          first.connection,
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome.kind === 'waiting')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome.kind === 'too-many')).toHaveLength(5);
  });
});

describe('verdicts', () => {
  it('settle once when two reviewers decide at the same moment on two replicas', async () => {
    const { hold } = await first.held();
    const results = await Promise.allSettled([
      first.approve(hold.approvalId, reviewer('avery')),
      verdictGiver(second.context).give(
        hold.approvalId,
        { verdict: 'deny', step: 0, reason: 'No.' },
        reviewer('riley'),
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
    const { hold } = await first.held();
    await expect(first.approve(hold.approvalId, reviewer(subject))).rejects.toMatchObject({
      code,
    });
    expect(await first.stateOf(hold.approvalId)).toBe('held');
  });

  it('of whoever owns the calling service by now are refused', async () => {
    // Guarantee: whose service it is counts when the verdict is given, too (invariant 4).
    const { hold } = await first.held();
    await own(first.pool, SERVICE, `${ISSUER}|avery`);
    try {
      await expect(first.approve(hold.approvalId, reviewer('avery'))).rejects.toMatchObject({
        code: 'own_service',
      });
      await first.approve(hold.approvalId, reviewer('riley'));
    } finally {
      await own(first.pool, SERVICE, `${ISSUER}|owner`);
    }
  });

  it('on a service that nobody owns are refused', async () => {
    const { hold } = await first.held({ caller: { ...SERVICE, ownerKey: null } });
    await expect(first.approve(hold.approvalId, reviewer('avery'))).rejects.toMatchObject({
      code: 'unowned_service',
    });
  });

  it('after the deadline are refused though nothing has settled it yet', async () => {
    // Guarantee: database time decides expiry.
    const { hold } = await first.held();
    await first.pool.query(
      `update approval set expires_at = now() - interval '1 ms' where id = $1`,
      [hold.approvalId],
    );
    await expect(first.approve(hold.approvalId, reviewer('avery'))).rejects.toMatchObject({
      code: 'settled',
    });
  });
});

describe('what a verdict was given on', () => {
  const detailOf = (id: string) => first.context.get(ApprovalsView).detail(id, reviewer('avery'));
  const shownOf = async (id: string) => {
    const shown = await shownBy(await detailOf(id));
    if (shown === null) throw new Error('A reviewer is shown the arguments.');
    return shown;
  };
  const give = (id: string, shown: Shown, on = first, by = 'avery') =>
    verdictGiver(on.context).give(id, { verdict: 'approve', step: 0, shown }, reviewer(by));
  /** Two identical calls beside each other: the first one's agent still waits. */
  const twins = async () => {
    const one = await first.held();
    const other = await first.held({ paramsDigest: one.hold.paramsDigest });
    expect(other.outcome.joined).toBe(false);
    return [one, other] as const;
  };

  it('is refused where the page showed something else', async () => {
    // Guarantee: a verdict is about exactly the payload that was rendered (invariant 2).
    const { hold } = await first.held();
    const shown = await shownOf(hold.approvalId);
    await expect(give(hold.approvalId, { ...shown, digest: NOTHING })).rejects.toMatchObject({
      code: 'shown_differs',
    });
    expect(await first.stateOf(hold.approvalId)).toBe('held');
    await give(hold.approvalId, shown);
    expect(await first.stateOf(hold.approvalId)).toBe('approved');
  });

  it('is refused where an identical call was approved since, at the same moment on two replicas', async () => {
    // Guarantee: nobody approves a call twice without knowing that they do.
    const pair = await twins();
    const ids = pair.map(({ hold }) => hold.approvalId);
    const seen = await Promise.all(ids.map(shownOf));
    expect(seen.map(({ lastSame }) => lastSame)).toEqual([null, null]);
    const results = await Promise.allSettled(
      ids.map((id, index) =>
        give(id, seen[index] ?? { digest: NOTHING, lastSame: null }, [first, second][index]),
      ),
    );
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'same_call_since' });
    const late = results[0] === refused ? ids[0] : ids[1];
    const early = late === ids[0] ? ids[1] : ids[0];
    expect((await detailOf(late ?? '')).lastSame).toMatchObject({
      approvalId: early,
      state: 'approved',
    });
    // Who has been told of the other one may want both.
    await give(late ?? '', await shownOf(late ?? ''));
    expect(await first.stateOf(late ?? '')).toBe('approved');
  });

  it('tells of an identical call that runs right now', async () => {
    // Guarantee: what is claimed may be running, and the reviewer of the same call is told.
    const [one, other] = await twins();
    const before = await shownOf(other.hold.approvalId);
    await first.approve(one.hold.approvalId, reviewer('avery'));
    await first.claim(one);
    expect((await detailOf(other.hold.approvalId)).lastSame).toMatchObject({
      approvalId: one.hold.approvalId,
      state: 'claimed',
    });
    await expect(give(other.hold.approvalId, before)).rejects.toMatchObject({
      code: 'same_call_since',
    });
  });
});

describe('the sweeper', () => {
  it('expires an approval once, though two replicas sweep', async () => {
    const { hold } = await first.held();
    await first.pool.query(
      `update approval set expires_at = now() - interval '1 ms' where id = $1`,
      [hold.approvalId],
    );
    await Promise.all([first.context.get(Sweeper).sweep(), second.context.get(Sweeper).sweep()]);
    const { rows } = await first.pool.query(
      `select 1 from entry where approval_id = $1 and kind = 'approval.expired'`,
      [hold.approvalId],
    );
    expect(rows).toHaveLength(1);
    expect(await first.stateOf(hold.approvalId)).toBe('expired');
  });

  it('denies what a frozen connection still holds', async () => {
    const { hold } = await first.held();
    await first.pool.query(
      `update connection set frozen_at = now(), frozen_reason = 'incident', freeze_epoch = freeze_epoch + 1`,
    );
    await first.context.get(Sweeper).sweep();
    // The other replica's sweep may be at it just now.
    await until(async () => (await first.stateOf(hold.approvalId)) !== 'held', 'it is settled');
    expect(await findApproval(first.pool, hold.approvalId)).toMatchObject({
      state: 'denied',
      stateReason: 'The connection was frozen: incident',
    });
  });

  it('shows a call as unknown when the process that ran it died', async () => {
    // Guarantee: once a byte may have left, only a complete answer ends it as answered (invariant 2).
    const third = await first.replica();
    const held = await third.held();
    await first.approve(held.id, reviewer('avery'));
    await third.claim(held);
    await third.close();
    await first.pool.query(`update gateway_instance set seen_at = now() - interval '11 s'`);
    await first.context.get(Sweeper).sweep();
    expect(await first.stateOf(held.id)).toBe('unknown');
  });
});

describe('the database', () => {
  // Guarantee: no statement, however wrong, brings back what ended: the table of moves holds there too.
  it('lets an approval go where the table of moves does, and nowhere else', async () => {
    const { rows } = await first.pool.query<{
      from: ApprovalState;
      to: ApprovalState;
      may: boolean;
    }>(
      `select a.state as from, b.state as to, approval_may_move(a.state, b.state) as may
           from unnest($1::text[]) a(state), unnest($1::text[]) b(state)`,
      [[...STATES]],
    );
    expect(rows).toHaveLength(STATES.length ** 2);
    const legal = (from: ApprovalState, to: ApprovalState) =>
      Object.values<ApprovalState>(TABLE[from]).includes(to);
    for (const { from, to, may } of rows)
      expect([from, to, may]).toEqual([from, to, legal(from, to)]);
  });

  it('refuses a move that is none', async () => {
    const { hold } = await first.held();
    const move = (to: string) =>
      first.pool.query('update approval set state = $2 where id = $1', [hold.approvalId, to]);
    await expect(move('claimed')).rejects.toMatchObject({ code: '23001' });
    await move('denied');
    for (const state of STATES.filter((each) => each !== 'denied'))
      await expect(move(state)).rejects.toMatchObject({ code: '23001' });
  });
});

describe('what is recorded', () => {
  it.each(['entry', 'verdict', 'policy_version'])(
    'in %s can’t be changed or removed',
    async (table) => {
      await expect(first.pool.query(`delete from ${table}`)).rejects.toMatchObject({
        code: '23001',
      });
    },
  );
});
