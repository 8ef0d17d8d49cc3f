import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { Ledger } from './ledger.ts';

/** Guarantee: an append ends, one way or the other. Nothing waits for a neighbour to come along. */
describe('the ledger', () => {
  let gateway: GatewayContext;
  let ledger: Ledger;
  let database: Database;

  beforeAll(async () => {
    gateway = await startGatewayContext();
    const container = await gateway.open();
    ledger = container.get(Ledger);
    database = container.get(Database);
  }, 120_000);
  afterAll(() => gateway.close(), 60_000);

  it('commits a record that follows directly on another', async () => {
    // Without a turn in between: the first one's writer is just about to stop.
    for (let n = 0; n < 20; n += 1) await ledger.append({ kind: 'call.received', data: { n } });
    const { rows } = await database.pool.query(
      "select count(*)::int as count from entry where kind = 'call.received'",
    );
    expect(rows).toEqual([{ count: 20 }]);
  });
});
