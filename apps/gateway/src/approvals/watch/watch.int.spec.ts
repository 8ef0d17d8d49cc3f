import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { titleOf } from '../../audit/entry-title.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ApprovalsBench, reviewer } from '../../testing/approvals-bench.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { Watches } from './watches.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

describe('who is looking at it', () => {
  const avery = reviewer('avery');
  const riley = reviewer('riley');
  const watches = (on = first) => on.context.get(Watches);
  const seenBy = async (id: string, who: SignedInPerson) => {
    const { watch, mayWatch } = await second.context.get(ApprovalsView).detail(id, who);
    return { watch, mayWatch };
  };
  const entriesOf = async (id: string) => {
    const { rows } = await first.pool.query<{ content: string }>(
      `select content from entry where approval_id = $1 and (kind like 'approval.l%' or kind = 'approval.taken_over') order by id`,
      [id],
    );
    return rows.map(({ content }) => titleOf(JSON.parse(content)));
  };
  const lapse = (id: string, who: SignedInPerson) =>
    first.pool.query(
      `update approval_watch set until = now() - interval '1 ms' where approval_id = $1 and person_key = $2`,
      [id, who.key],
    );
  const idOf = async () => (await first.held()).id;

  it('is seen by the others at another gateway, on the page and in the list, until let go', async () => {
    const id = await idOf();
    await watches().watch(id, {}, riley);
    await watches().watch(id, { claim: true }, avery);
    // Said again, it is still the same, and a page that stays open changes nothing.
    await watches(second).watch(id, { claim: true }, avery);
    await watches(second).watch(id, {}, avery);

    expect(await seenBy(id, riley)).toMatchObject({
      mayWatch: true,
      watch: {
        claim: { person: { key: avery.key, name: 'avery' }, isYou: false, takenFrom: null },
        open: [{ person: { name: 'riley' }, isYou: true }],
      },
    });
    const [row] = await second.context.get(ApprovalsView).summaries([id], avery);
    expect(row?.watch.claim).toMatchObject({ person: { name: 'avery' }, isYou: true });

    await watches().watch(id, { claim: false }, avery);
    expect((await seenBy(id, riley)).watch.claim).toBeNull();
    await watches().leave(id, avery);
    expect((await seenBy(id, riley)).watch.open).toMatchObject([{ person: { name: 'riley' } }]);
    expect(await entriesOf(id)).toEqual([
      'avery said that they are looking at query',
      'avery said that they no longer look at query',
    ]);
  });

  it('is one person: of two who take over on two gateways at the same moment, one does', async () => {
    const id = await idOf();
    const casey = reviewer('casey');
    await watches().watch(id, { claim: true }, avery);
    await expect(watches().watch(id, { claim: true }, riley)).rejects.toMatchObject({
      code: 'looked_at',
    });
    const takeFrom = avery.key;
    const taken = await Promise.allSettled([
      watches(first).watch(id, { claim: true, takeFrom }, riley),
      watches(second).watch(id, { claim: true, takeFrom }, casey),
    ]);
    expect(taken.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(taken.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'looked_at' },
    });
    const winner = taken[0]?.status === 'fulfilled' ? 'riley' : 'casey';
    const { watch } = await seenBy(id, avery);
    expect(watch.claim).toMatchObject({
      person: { name: winner },
      takenFrom: { name: 'avery', isYou: true },
    });
    // Relieved, not gone.
    expect(watch.open).toContainEqual(expect.objectContaining({ isYou: true }));
    expect(await entriesOf(id)).toEqual([
      'avery said that they are looking at query',
      `${winner} took over looking at query from avery`,
    ]);
  });

  it('is over with its lease, and free for the next', async () => {
    const id = await idOf();
    await watches().watch(id, { claim: true }, avery);
    await lapse(id, avery);
    expect((await seenBy(id, riley)).watch).toEqual({ claim: null, open: [] });
    await watches().watch(id, { claim: true }, riley);
    expect((await seenBy(id, avery)).watch.claim).toMatchObject({
      person: { name: 'riley' },
      takenFrom: null,
    });
    // Back after the lease, the page is open and no more.
    await watches().watch(id, {}, avery);
    expect((await seenBy(id, riley)).watch.open).toMatchObject([{ person: { name: 'avery' } }]);
  });

  it('keeps nobody from deciding, and ends with the hold', async () => {
    // Guarantee: what is said about looking decides nothing.
    const id = await idOf();
    await watches().watch(id, { claim: true }, avery);
    await second.approve(id, riley);
    expect(await first.stateOf(id)).toBe('approved');
    expect(await seenBy(id, avery)).toEqual({ mayWatch: false, watch: { claim: null, open: [] } });
    await expect(watches().watch(id, { claim: true }, avery)).rejects.toMatchObject({
      code: 'settled',
    });
  });

  it.each([
    ['a reviewer of something else', () => reviewer('sam', { groups: ['others'] })],
    ['whoever owns the calling service', () => reviewer('owner')],
    ['an admin', () => reviewer('adrian', { roles: ['admin'] })],
  ])('is not for %s', async (_description, who) => {
    // Guarantee: nobody keeps reviewers away from a call by saying that they look at it, who may not decide it.
    const id = await idOf();
    await expect(watches().watch(id, { claim: true }, who())).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    expect((await seenBy(id, riley)).watch).toEqual({ claim: null, open: [] });
  });
});
