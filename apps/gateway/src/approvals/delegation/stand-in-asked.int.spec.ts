import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { meSchema } from '@holdpoint/contracts';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { ApprovalsBench, reviewer } from '../../testing/approvals-bench.ts';
import { startGatewayHttp, type GatewayHttp } from '../../testing/gateway-http.ts';

let gateway: GatewayHttp;
let bench: ApprovalsBench;
let identity: Pool;
let rileyKey: string;

const SAM = reviewer('sam');

beforeAll(async () => {
  gateway = await startGatewayHttp();
  bench = await ApprovalsBench.on(gateway.app, gateway);
  identity = new Pool({ connectionString: gateway.identityDatabase, max: 1 });
  // Riley leaves a session open, with which the provider can be asked about them.
  const riley = await gateway.signIn('riley');
  rileyKey = meSchema.parse(await (await riley.visit('/api/me')).json()).person.key;
  await bench.pool.query(
    `insert into delegation (id, delegator_key, delegator_name, delegate_key, delegate_name, from_at, until_at,
       connections, chains, groups, groups_at)
     values ($1, $2, 'riley', $3, 'sam', now(), now() + interval '1 hour', '{}', '{}', '{reviewers}', now())`,
    [uuidv7(), rileyKey, SAM.key],
  );
});
afterAll(async () => {
  await identity.end();
  await bench.close();
});
afterEach(() => identity.query('delete from changed_groups; delete from outage'));

/** As it was learned six minutes ago, everywhere. */
async function aged(): Promise<void> {
  const then = `now() - interval '6 minutes'`;
  await bench.pool.query(`update console_sign_in set groups_at = ${then} where person_key = $1`, [
    rileyKey,
  ]);
  await bench.pool.query(
    `update delegation set groups = '{reviewers}', groups_at = ${then} where delegator_key = $1`,
    [rileyKey],
  );
}
async function held(): Promise<string> {
  const reviewers = { groups: [], people: [rileyKey] };
  const steps = bench.draft().steps.map((step) => ({ ...step, reviewers }));
  return (await bench.held({ steps })).id;
}
const providerSays = (groups: readonly string[]) =>
  identity.query(`insert into changed_groups values ('person-riley', $1)`, [groups]);

describe('whose place a verdict takes', () => {
  // Guarantee (invariant 4): a verdict goes by what the provider says now, of the one who is away, too.
  it('is asked about before it: who left the group gives no place', async () => {
    await aged();
    await providerSays([]);
    const id = await held();
    await expect(bench.approve(id, SAM)).rejects.toMatchObject({ code: 'not_a_reviewer' });
    expect((await bench.read(id)).state).toBe('held');
    const { rows } = await bench.pool.query(
      'select groups from delegation where delegator_key = $1',
      [rileyKey],
    );
    expect(rows).toEqual([{ groups: [] }]);
  });

  it('is not taken while the provider can’t be asked', async () => {
    await aged();
    await identity.query('insert into outage values (now())');
    const id = await held();
    await expect(bench.approve(id, SAM)).rejects.toMatchObject({ code: 'groups_unconfirmed' });
    expect((await bench.read(id)).state).toBe('held');
  });

  it('is taken where the provider says that they still are what they were', async () => {
    await aged();
    const id = await held();
    await bench.approve(id, SAM);
    expect(await bench.read(id)).toMatchObject({
      state: 'approved',
      stateReason: 'Approved by sam for riley.',
    });
  });
});
