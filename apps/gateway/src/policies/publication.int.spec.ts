import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { adminNamed } from '../testing/admins.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { PoliciesService } from './policies.service.ts';

const RULE = (id: string, effect = 'deny') => `rules:\n  - { id: ${id}, effect: ${effect} }\n`;
const CASES = (effect: string) => `tests:
  - description: a deletion
    call:
      connection: prod
      method: tools/call
      params: { name: query, arguments: { sql: delete from t } }
      caller: { subject: etl, groups: [] }
    expect: { effect: ${effect} }
`;

const MARA = adminNamed('Mara');
const NOOR = adminNamed('Noor');

let gateway: GatewayContext;
let first: INestApplicationContext;
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

describe('publishing', () => {
  beforeAll(async () => {
    gateway = await startGatewayContext();
    first = await gateway.open();
    policies = first.get(PoliciesService);
    await policies.publish({ source: RULE('a'), base: 1, note: 'begin' }, MARA);
  });
  afterAll(() => gateway.close(), 60_000);

  it('needs a note where the rules change, and none for a comment', async () => {
    const { number: base, source } = await newest();
    await expect(policies.publish({ source: RULE('b'), base, note: ' ' }, MARA)).rejects.toEqual(
      expect.objectContaining({ code: 'invalid_input', fields: { note: expect.any(String) } }),
    );
    await policies.publish({ source: `${source}# why\n`, base }, MARA);
    expect(await newest()).toMatchObject({ number: base + 1, note: null, publishedBy: 'Mara' });
  });

  it('runs the test cases, and a failing one keeps it back', async () => {
    const { number: base } = await newest();
    const wanted = { source: RULE('c', 'hold'), base, note: 'softer' };
    await expect(policies.publish({ ...wanted, cases: CASES('deny') }, MARA)).rejects.toMatchObject(
      {
        code: 'cases_failed',
        details: { cases: [{ description: 'a deletion', line: 2 }] },
      },
    );
    await expect(policies.publish({ ...wanted, cases: 'tests: {' }, MARA)).rejects.toEqual(
      refused('policy_invalid'),
    );
    await policies.publish({ ...wanted, cases: CASES('hold') }, MARA);
    expect(await newest()).toMatchObject({ number: base + 1, cases: CASES('hold') });
  });

  // Guarantee: test cases can't be lost by a client that knows none.
  it('keeps the test cases of the version before where none are sent', async () => {
    const { number: base, cases } = await newest();
    const wanted = { source: RULE('d', 'allow'), base, note: 'looser' };
    await expect(policies.publish(wanted, MARA)).rejects.toEqual(refused('cases_failed'));
    await policies.publish({ ...wanted, source: RULE('d', 'hold') }, MARA);
    expect((await newest()).cases).toBe(cases);
  });

  it('is told what changes, rule by rule', async () => {
    const { number } = await newest();
    const source = `chains:\n  dba: { steps: [{ reviewers: { groups: [dba] } }] }\ndefault: hold\n${RULE('d')}`;
    const { changes, cases } = await policies.validate({
      source: source.replace('rules:', 'rules:\n  - { id: e, effect: allow }'),
      cases: CASES('deny'),
      against: number,
    });
    expect(changes).toEqual({
      rules: [
        {
          id: 'd',
          before: expect.objectContaining({ effect: 'hold' }),
          after: expect.objectContaining({ effect: 'deny' }),
        },
        { id: 'e', before: null, after: expect.objectContaining({ effect: 'allow' }) },
      ],
      chains: [{ name: 'dba', kind: 'added' }],
      default: { before: null, after: 'hold' },
    });
    expect(cases).toEqual({
      issues: [],
      results: [{ description: 'a deletion', line: 2, differences: [] }],
    });
  });

  it('of an earlier version again makes a new one with its text and test cases', async () => {
    const { number: base } = await newest();
    const version = await policies.rollBack(2, { base, note: 'Too loose.' }, NOOR);
    expect(version).toMatchObject({
      number: base + 1,
      rolledBackTo: 2,
      source: RULE('a'),
      cases: '',
      note: 'Too loose.',
      publishedBy: 'Noor',
    });
    expect((await data('policy.published')).at(-1)).toMatchObject({ rolledBackTo: 2 });
    await expect(policies.rollBack(2, { base, note: 'again' }, NOOR)).rejects.toEqual(
      refused('stale_version'),
    );
    await expect(policies.rollBack(99, { base: base + 1, note: 'x' }, NOOR)).rejects.toEqual(
      refused('not_found'),
    );
  });

  it('by two admins at the same moment puts one text in force, and tells the other', async () => {
    const { number: base } = await newest();
    const outcomes = await Promise.allSettled(
      [MARA, NOOR, MARA, NOOR].map((person, index) =>
        policies.publish({ source: RULE(`r${index}`), base, note: 'race' }, person),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('stale_version'));
    expect((await newest()).number).toBe(base + 1);
  });
});
