import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ApprovalsBench, breaker, reviewer } from '../testing/approvals-bench.ts';
import { beside, isWaitedFor } from '../testing/beside.ts';
import { verdictGiver } from '../testing/verdict-giver.ts';
import { claimRelease } from './approval.sql.ts';

let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());

describe('on a call that waited through a freeze which is lifted by now', () => {
  const deny = (id: string) =>
    verdictGiver(bench.context).give(
      id,
      { verdict: 'deny', step: 0, reason: 'No.' },
      reviewer('avery'),
    );

  // Guarantee: what waited through a freeze is asked for anew, however short the freeze was.
  it.each([
    ['an approval', (id: string) => bench.approve(id, reviewer('avery'))],
    ['a denial', deny],
    ['break-glass', (id: string) => bench.breakGlass(id, breaker('blake'))],
  ])('%s is refused, though nothing has swept', async (_what, decide) => {
    const { id, hold } = await bench.held();
    await beside(bench.pool, async (client) => {
      // The sweep passes over what is locked, and the verdict is the next to have it.
      await client.query('select 1 from approval where id = $1 for update', [id]);
      await bench.pool.query(
        `insert into call_freeze (id, scope, key, title, reason, by, by_name, at, lifted_at, lifted_by, lifted_by_name)
         values ($1, 'caller', $2, 'Agent', 'A drill.', 'k', 'Morgan', clock_timestamp(), clock_timestamp(), 'k', 'Morgan')`,
        [uuidv7(), hold.callerKey],
      );
      const attempt = decide(id).then(
        () => 'ok',
        (error: { code?: string }) => error.code,
      );
      await isWaitedFor(bench.pool, client);
      await client.query('commit');
      expect(await attempt).toBe('call_frozen');
    });
  });
});

// Guarantee: a freeze ends what was held before it, lifted or not, and so does another address.
it('a release is claimed across no change of its connection, whichever epoch a process believes in', async () => {
  const { hold, outcome } = await bench.approved();
  const before = hold.freezeEpoch;
  // Nobody else sees the changes: the sweep would deny it.
  await beside(bench.pool, async (client) => {
    const claims = async (isFrozen: boolean, epoch: number, believed: number) => {
      await client.query(
        `update connection set freeze_epoch = $1, frozen_at = case when $2 then now() end`,
        [epoch, isFrozen],
      );
      const exact = { ...hold, waiterId: outcome.waiterId, instance: 1 };
      return claimRelease(client, { ...exact, freezeEpoch: believed });
    };
    expect(await claims(true, before, before)).toBe(false);
    expect(await claims(false, before + 1, before)).toBe(false);
    expect(await claims(false, before + 1, before + 1)).toBe(false);
    expect(await claims(false, before, before)).toBe(true);
  });
});
