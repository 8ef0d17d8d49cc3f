import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ApprovalsBench, ISSUER, reviewer, type Held } from '../../testing/approvals-bench.ts';
import { approveAsShown } from '../../testing/approve-as-shown.ts';
import { signedInNow } from '../../testing/verdict-giver.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { Delegations } from './delegations.service.ts';

let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());

const dba = (name: string) => reviewer(name, { groups: ['reviewers', 'dba'] });
const riley = reviewer('riley');

const heldFor = (over: { groups?: string[]; people?: string[]; chain?: string }): Promise<Held> => {
  const { groups = [], people = [], chain = 'default' } = over;
  const steps = bench
    .draft()
    .steps.map((step) => ({ ...step, chain, reviewers: { groups, people } }));
  return bench.held({ steps });
};
const stateOf = async (id: string, person: SignedInPerson) => {
  const { items } = await bench.context.get(Delegations).list(person);
  return items.find((item) => item.id === id)?.state;
};

describe('a delegator who is no reviewer any more', () => {
  // Guarantee (invariant 4): nobody gives on what they may not do themselves.
  it('gives no place, though the step names them, until they are one again', async () => {
    const noor = dba('noor');
    const id = await bench.delegate(noor, riley);
    const { id: approvalId } = await heldFor({ people: [noor.key] });
    const learned = (groups: string) =>
      bench.pool.query(
        `update delegation set groups = $2::text[], groups_at = now() where id = $1`,
        [id, groups],
      );
    await learned('{dba}');
    expect(await stateOf(id, riley)).toBe('suspended');
    await expect(approveAsShown(bench.context, approvalId, riley)).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    const hidden = await bench.context.get(ApprovalsView).detail(approvalId, riley);
    expect(hidden.argumentsText).toBeNull();
    await learned('{dba,reviewers}');
    expect(await stateOf(id, riley)).toBe('now');
    await approveAsShown(bench.context, approvalId, riley);
    expect((await bench.read(approvalId)).stateReason).toBe('Approved by riley for noor.');
  });

  it('is known to be none once a session of theirs learns it', async () => {
    const avery = dba('avery');
    await bench.delegate(avery, riley);
    const { id } = await heldFor({ people: [`${ISSUER}|avery`] });
    // Signed in anew, without the role's group.
    await signedInNow(bench.context, reviewer('avery', { groups: ['dba'] }));
    await expect(approveAsShown(bench.context, id, riley)).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
  });
});

describe('a delegation that is limited to some chains', () => {
  it('opens no payload of the others', async () => {
    // Guarantee: whoever stands in sees what they were given, and no more.
    await bench.delegate(dba('olga'), riley, { chains: ['dba'] });
    const given = await heldFor({ people: [`${ISSUER}|olga`], chain: 'dba' });
    const other = await heldFor({ people: [`${ISSUER}|olga`], chain: 'security' });
    const view = bench.context.get(ApprovalsView);
    expect((await view.detail(given.id, riley)).argumentsText).not.toBeNull();
    expect((await view.detail(other.id, riley)).argumentsText).toBeNull();
  });
});
