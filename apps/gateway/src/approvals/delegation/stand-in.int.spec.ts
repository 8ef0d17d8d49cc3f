import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ApprovalsBench, ISSUER, reviewer } from '../../testing/approvals-bench.ts';
import type { HoldDraft } from '../approval.ts';
import { Delegations } from './delegations.service.ts';

let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());

describe('a delegation', () => {
  // A reviewer, but of no call of the DBAs.
  const riley = () => reviewer('riley');
  const dba = (name: string): SignedInPerson => reviewer(name, { groups: ['reviewers', 'dba'] });
  function heldForDbas(changes: Partial<HoldDraft> = {}, quorum = 1) {
    const reviewers = { groups: ['dba'], people: [] };
    return bench.held({
      ...changes,
      steps: bench.draft().steps.map((step) => ({ ...step, reviewers, quorum })),
    });
  }
  const service = () => bench.context.get(Delegations);
  const end = async (id: string) => service().end(id, reviewer('morgan', { roles: ['admin'] }));

  it('lets a delegate decide in a reviewer’s place, once for both, and says so', async () => {
    const id = await bench.delegate(dba('avery'), riley());
    const { hold } = await heldForDbas({}, 2);
    await bench.approve(hold.approvalId, riley());
    // Guarantee: delegate and delegator are one person in a step.
    await expect(bench.approve(hold.approvalId, dba('avery'))).rejects.toMatchObject({
      code: 'already_decided_by_you',
    });
    await bench.approve(hold.approvalId, dba('noor'));
    const settled = await bench.read(hold.approvalId);
    expect(settled).toMatchObject({
      state: 'approved',
      stateReason: 'Approved by riley for avery.',
    });
    const { rows } = await bench.pool.query(
      `select content from entry where approval_id = $1 and kind = 'verdict.given' order by id limit 1`,
      [hold.approvalId],
    );
    expect(JSON.parse(rows[0].content).data).toMatchObject({ person: 'riley', actingFor: 'avery' });
    await end(id);
  });

  it('ends at once, on the record, and not for the wrong ones', async () => {
    const id = await bench.delegate(dba('avery'), riley());
    await expect(service().end(id, reviewer('eve'))).rejects.toMatchObject({ code: 'not_found' });
    await end(id);
    const { hold } = await heldForDbas();
    await expect(bench.approve(hold.approvalId, riley())).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    const { rows } = await bench.pool.query(
      `select kind from entry where kind like 'delegation.%' order by id desc limit 2`,
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['delegation.ended', 'delegation.set']);
  });

  // Guarantee: no delegation reaches around separation from the caller (invariant 4).
  it('gives nothing on calls of the delegator, of their services, on other chains, or when unconfirmed', async () => {
    const refused = { code: 'not_a_reviewer' };
    const id = await bench.delegate(dba('olga'), riley());
    const base = bench.draft();
    const service = { ...base.caller, kind: 'service' as const, ownerKey: `${ISSUER}|olga` };
    const own = await heldForDbas({ caller: service });
    await expect(bench.approve(own.hold.approvalId, riley())).rejects.toMatchObject(refused);
    const other = await heldForDbas();
    await bench.pool.query(`update delegation set chains = array['security'] where id = $1`, [id]);
    await expect(bench.approve(other.hold.approvalId, riley())).rejects.toMatchObject(refused);
    await bench.pool.query(
      `update delegation set chains = '{}', groups_at = now() - interval '15 days' where id = $1`,
      [id],
    );
    await expect(bench.approve(other.hold.approvalId, riley())).rejects.toMatchObject(refused);
    await bench.pool.query(`update delegation set groups_at = now() where id = $1`, [id]);
    await bench.approve(other.hold.approvalId, riley());
    await end(id);
  });

  it('is not given for too long, backwards, or to oneself', async () => {
    const wrong = { code: 'invalid_input' };
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const day = 86_400_000;
    await expect(
      bench.delegate(dba('avery'), riley(), { until: at(91 * day) }),
    ).rejects.toMatchObject(wrong);
    await expect(
      bench.delegate(dba('avery'), riley(), { from: at(2 * day), until: at(day) }),
    ).rejects.toMatchObject(wrong);
    await expect(bench.delegate(dba('avery'), dba('avery'))).rejects.toMatchObject(wrong);
  });
});
