import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { adminNamed } from '../testing/admins.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { DraftsService } from './drafts.service.ts';
import { PoliciesService } from './policies.service.ts';
import { ProposalsService } from './proposals.service.ts';

const RULE = (id: string) => `rules:\n  - { id: ${id}, effect: deny }\n`;
const MARA = adminNamed('Mara');
const NOOR = adminNamed('Noor');
const OLA = adminNamed('Ola');

let gateway: GatewayContext;
let first: INestApplicationContext;
let second: INestApplicationContext;
let policies: PoliciesService;

const newest = async () => (await policies.inForce()).version;
const refused = (code: string) => expect.objectContaining({ code });
const data = async (kind: string) => {
  const { rows } = await first
    .get(Database)
    .pool.query<{ content: string }>(`select content from entry where kind = $1 order by id`, [
      kind,
    ]);
  return rows.map(({ content }): unknown => JSON.parse(content).data);
};

describe('publishing with a second admin', () => {
  let proposals: ProposalsService;
  let drafts: DraftsService;

  beforeAll(async () => {
    gateway = await startGatewayContext({ HOLDPOINT_POLICY_SECOND_ADMIN: 'true' });
    first = await gateway.open();
    second = await gateway.open();
    policies = first.get(PoliciesService);
    proposals = first.get(ProposalsService);
    drafts = first.get(DraftsService);
  });
  afterAll(() => gateway.close(), 60_000);

  const propose = async (id: string, by = MARA) =>
    proposals.propose(
      { source: RULE(id), base: (await newest()).number, note: `for ${id}`, origin: 'console' },
      by,
    );

  /** A draft that Mara began and `by` saved last. */
  const drafted = async (id: string, by: SignedInPerson) => {
    const base = (await newest()).number;
    const begun = await drafts.create({ title: id, source: 'rules: []', cases: '', base }, MARA);
    const draft = await drafts.save(begun.id, { revision: 1, source: RULE(id) }, by);
    const { revision, source, cases } = draft;
    return {
      source,
      cases,
      base,
      note: id,
      origin: 'console',
      draft: { id: begun.id, revision },
    } as const;
  };

  // Guarantee: no person alone puts a policy in force.
  it('refuses whoever would publish or roll back alone', async () => {
    const { number: base } = await newest();
    const input = { source: RULE('alone'), base, note: 'alone' };
    await expect(policies.publish(input, MARA)).rejects.toEqual(refused('second_admin_needed'));
    await expect(policies.rollBack(1, { base, note: 'x' }, MARA)).rejects.toEqual(
      refused('second_admin_needed'),
    );
    expect((await policies.inForce()).secondAdmin).toBe(true);
  });

  it('takes a proposal from one and the publication from another, and records both', async () => {
    const { id, digest, base, changes } = await propose('both');
    expect(changes?.rules).toMatchObject([{ id: 'both', before: null }]);
    await expect(proposals.publish(id, digest, MARA)).rejects.toEqual(refused('own_proposal'));
    expect(await proposals.publish(id, digest, NOOR)).toBe(base + 1);
    expect(await newest()).toMatchObject({
      publishedBy: 'Noor',
      proposedBy: 'Mara',
      note: 'for both',
    });
    expect((await data('policy.published')).at(-1)).toMatchObject({
      person: 'Noor',
      proposedBy: 'Mara',
      proposedByKey: MARA.key,
    });
    expect((await data('policy.proposed')).at(-1)).toMatchObject({ person: 'Mara', digest });
  });

  // Guarantee: nobody gets a text of theirs in force by having somebody else propose it.
  it('refuses who saved the draft last, too', async () => {
    const { id, digest } = await proposals.propose(await drafted('last', NOOR), MARA);
    await expect(proposals.publish(id, digest, NOOR)).rejects.toEqual(refused('own_proposal'));
    await proposals.publish(id, digest, OLA);
    expect((await newest()).publishedBy).toBe('Ola');
  });

  it('is about the very text: an edit of the draft voids its proposal', async () => {
    const wanted = await drafted('edited', MARA);
    const { id, digest } = await proposals.propose(wanted, MARA);
    await drafts.save(wanted.draft.id, { revision: 2, title: 'only its name' }, MARA);
    expect(await proposals.find(id, NOOR)).toMatchObject({ state: 'open', barred: null });
    await drafts.save(wanted.draft.id, { revision: 3, source: RULE('other') }, MARA);
    await expect(proposals.publish(id, digest, NOOR)).rejects.toEqual(refused('proposal_settled'));
    expect(await proposals.find(id, NOOR)).toMatchObject({
      state: 'void',
      reason: 'Mara edited the draft.',
    });
  });

  it('publishes and closes a draft that got another name meanwhile', async () => {
    const wanted = await drafted('renamed', MARA);
    const { id, digest } = await proposals.propose(wanted, MARA);
    await drafts.save(wanted.draft.id, { revision: 2, title: 'a better name' }, MARA);
    // As the console saves: all of it.
    const { source, cases, base } = wanted;
    const named = { revision: 3, title: 'the best name', source, cases, base };
    await drafts.save(wanted.draft.id, named, MARA);
    const number = await proposals.publish(id, digest, NOOR);
    expect((await newest()).source).toBe(wanted.source);
    expect(await drafts.find(wanted.draft.id)).toMatchObject({ publishedAs: number });
  });

  it('takes no verdict about another text, and no second proposal of one draft', async () => {
    const wanted = await drafted('twice', MARA);
    const { id } = await proposals.propose(wanted, MARA);
    await expect(proposals.propose(wanted, MARA)).rejects.toEqual(refused('proposal_settled'));
    await expect(proposals.publish(id, 'f'.repeat(64), NOOR)).rejects.toEqual(
      refused('proposal_settled'),
    );
  });

  it('sends a proposal back with a reason, or has it taken back by its proposer', async () => {
    const declined = await propose('declined');
    await proposals.decline(declined.id, declined.digest, 'Too broad.', NOOR);
    const after = await proposals.find(declined.id, MARA);
    expect(after).toMatchObject({ state: 'declined', settledBy: 'Noor', reason: 'Too broad.' });
    await expect(proposals.publish(declined.id, declined.digest, OLA)).rejects.toEqual(
      refused('proposal_settled'),
    );
    const withdrawn = await propose('withdrawn');
    const takeBack = (by: SignedInPerson) => proposals.withdraw(withdrawn.id, withdrawn.digest, by);
    await expect(takeBack(NOOR)).rejects.toEqual(refused('forbidden'));
    expect(await takeBack(MARA)).toMatchObject({ state: 'withdrawn' });
    expect(await data('policy.proposal_declined')).toMatchObject([{ reason: 'Too broad.' }]);
  });

  it('voids what was proposed on top of an older version', async () => {
    const [one, other] = [await propose('one'), await propose('other', OLA)];
    await proposals.publish(one.id, one.digest, NOOR);
    expect(await proposals.find(other.id, NOOR)).toMatchObject({ state: 'void' });
  });

  it.each([
    ['publish the same proposal', 'publish'],
    ['publish and decline it', 'decline'],
  ])('survives two admins who %s at the same moment on two replicas', async (_, otherwise) => {
    const { id, digest, base } = await propose(`race-${otherwise}`);
    const other = second.get(ProposalsService);
    const outcomes = await Promise.allSettled([
      proposals.publish(id, digest, NOOR),
      otherwise === 'publish'
        ? other.publish(id, digest, OLA)
        : other.decline(id, digest, 'No.', OLA),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(['proposal_settled', 'stale_version']).toContain(outcome.reason.code);
    const { state } = await proposals.find(id, MARA);
    expect((await newest()).number).toBe(state === 'published' ? base + 1 : base);
  });

  it('survives a save of the draft at the moment of its publication', async () => {
    const wanted = await drafted('moment', MARA);
    const { id, digest } = await proposals.propose(wanted, MARA);
    const [published, saved] = await Promise.allSettled([
      proposals.publish(id, digest, NOOR),
      second.get(DraftsService).save(wanted.draft.id, { revision: 2, source: RULE('late') }, MARA),
    ]);
    expect([published.status, saved.status].sort()).toEqual(['fulfilled', 'rejected']);
    const { source } = await newest();
    expect(source === wanted.source).toBe(published.status === 'fulfilled');
    expect(source).not.toBe(RULE('late'));
  });

  // Guarantee: the database itself refuses to change what was reviewed.
  it('leaves what was proposed as it was', async () => {
    const { id } = await propose('fixed');
    const { pool } = first.get(Database);
    for (const change of [`source = 'rules: []'`, `digest = 'x'`, `proposed_by_key = 'x'`])
      await expect(
        pool.query(`update policy_proposal set ${change} where id = $1`, [id]),
      ).rejects.toThrow('never changes');
    await pool.query(`update policy_proposal set state = 'void' where id = $1`, [id]);
    await expect(
      pool.query(`update policy_proposal set state = 'open' where id = $1`, [id]),
    ).rejects.toThrow('never changes');
  });
});
