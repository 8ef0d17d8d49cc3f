import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredStep } from '@holdpoint/contracts';
import { ApprovalsBench, ISSUER, reviewer } from '../testing/approvals-bench.ts';
import { ChainWatch } from './chain-watch.ts';
import { RotasService } from './rotas.service.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

describe('whoever is on call', () => {
  const admin = reviewer('adrian', { roles: ['admin'] });
  const rota = (changes: object = {}) => ({
    name: 'nights',
    title: 'Nights',
    timeZone: 'Europe/Berlin',
    shift: 'daily' as const,
    startsOn: '2026-01-01',
    handOver: '09:00',
    people: [`${ISSUER}|nora`],
    overrides: [],
    ...changes,
  });
  const nora = reviewer('nora');
  const omar = reviewer('omar');
  const onCallStep: StoredStep = {
    chain: 'nights',
    reviewers: { groups: [], people: [], onCall: 'nights' },
    quorum: 1,
    deadlineMs: 60_000,
    onDeadline: 'deny',
  };
  const rotas = () => first.context.get(RotasService);
  const entries = async (kind: string) => {
    const { rows } = await first.pool.query<{ content: string }>(
      'select content from entry where kind = $1 order by id',
      [kind],
    );
    return rows.map(({ content }) => JSON.parse(content) as object);
  };

  it('may decide, by the rota as it is when the verdict is given', async () => {
    // Guarantee: who is on call is asked of the database in the verdict's transaction.
    const { items } = await rotas().create(rota(), admin);
    expect(items).toMatchObject([{ name: 'nights', onCall: { person: { key: nora.key } } }]);
    const { hold } = await first.held({ steps: [onCallStep] });
    await expect(first.approve(hold.approvalId, omar)).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    const hour = 3_600_000;
    const override = {
      person: omar.key,
      from: new Date(Date.now() - hour).toISOString(),
      to: new Date(Date.now() + hour).toISOString(),
    };
    await rotas().update('nights', { ...rota({ overrides: [override] }), version: 1 }, admin);
    await expect(first.approve(hold.approvalId, nora)).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    await first.approve(hold.approvalId, omar);
    expect(await first.stateOf(hold.approvalId)).toBe('approved');
  });

  it('raises one alarm for each chain that loses its people', async () => {
    // Guarantee: a chain that nobody can satisfy any more is not silent.
    await first.pool.query(
      `update connection set chain = '[{"groups":[],"people":[],"onCall":"nights","quorum":1}]', version = version + 1`,
    );
    await Promise.all([first.refresh(), second.refresh()]);
    const [row] = (await rotas().list()).items;
    if (!row) throw new Error('The rota is gone.');
    await first.context.get(ChainWatch).look();
    expect((await first.context.get(ChainWatch).alarms()).items).toEqual([]);
    await rotas().update('nights', { ...rota({ people: [] }), version: row.version }, admin);
    expect((await second.context.get(ChainWatch).alarms()).items).toMatchObject([
      { connection: { slug: 'demo' }, chain: 'default', step: 0 },
    ]);
    const { items } = await rotas().list();
    await rotas().update(
      'nights',
      { ...rota({ people: [], title: 'Empty' }), version: items[0]?.version ?? 0 },
      admin,
    );
    expect(await entries('chain.unsatisfiable')).toHaveLength(1);
    await rotas().remove('nights', admin);
    expect(await entries('rota.removed')).toHaveLength(1);
    await expect(rotas().update('nights', { ...rota(), version: 1 }, admin)).rejects.toMatchObject({
      code: 'stale_version',
    });
    await expect(rotas().create(rota({ timeZone: 'Berlin' }), admin)).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { timeZone: expect.any(String) },
    });
  });
});
