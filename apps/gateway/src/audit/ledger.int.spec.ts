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
  });
  afterAll(() => gateway.close(), 60_000);

  it('commits a record that follows directly on another', async () => {
    // Without a turn in between: the first one's writer is just about to stop.
    for (let n = 0; n < 20; n += 1) await ledger.append({ kind: 'call.received', data: { n } });
    const { rows } = await database.pool.query(
      "select count(*)::int as count from entry where kind = 'call.received'",
    );
    expect(rows).toEqual([{ count: 20 }]);
  });

  // Guarantee: rows travel packed together, and still each gets its own values, whatever is in them.
  it('keeps what an agent wrote apart from what separates the rows', async () => {
    const odd = [
      '',
      'a',
      '\u001e',
      '\u001f',
      '\u001ea\u001e',
      '\0',
      '\\N',
      '{"a"}',
      "'",
      '\ud800',
      '😀',
      ' ',
    ];
    const sizes = [0, 1, 5000];
    await ledger.append(
      ...odd.map((target, n) => ({
        kind: 'odd',
        target,
        ...(n % 2 === 0 && { method: target, who: target }),
        data: { n, target },
        frames: sizes.slice(0, n % 4).map((size) => ({
          edge: 'gateway-to-agent' as const,
          bytes: Buffer.alloc(size, n),
          sealed: n % 3 === 0,
        })),
      })),
    );
    const { rows } = await database.pool.query<{
      target: string;
      method: string | null;
      content: string;
      sizes: string;
    }>(
      `select e.target, e.method, e.content, (select coalesce(string_agg(f.size::text, ' ' order by f.size), '')
         from frame f where f.entry_id = e.id) as sizes
       from entry e where e.kind = 'odd' order by e.id`,
    );
    expect(rows.map(({ target }) => target)).toEqual([
      ...['', 'a', '␞', '␟', '␞a␞', '␀', '\\N', '{"a"}', "'", '\ufffd', '😀', ' '],
    ]);
    expect(rows.map(({ method }) => method === null)).toEqual(odd.map((_, n) => n % 2 === 1));
    expect(rows.map(({ content }) => JSON.parse(content).data)).toEqual(
      odd.map((target, n) => ({ n, target: target.toWellFormed() })),
    );
    expect(rows.map((row) => row.sizes)).toEqual(
      odd.map((_, n) => sizes.slice(0, n % 4).join(' ')),
    );
  });

  it('stores the one value of a lone row that is empty', async () => {
    await ledger.append({ kind: 'lone', target: '' });
    const { rows } = await database.pool.query(
      "select target, method from entry where kind = 'lone'",
    );
    expect(rows).toEqual([{ target: '', method: null }]);
  });
});
