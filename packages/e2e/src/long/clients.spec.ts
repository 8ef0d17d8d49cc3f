import { MATRIX } from '../clients/matrix.ts';
import { ResultTable } from '../clients/result-table.ts';
import { leftAlone, withClient, type BenchWishes } from '../clients/scenarios.ts';
import { clearInbox, registerConnection, type ConnectionWishes } from '../world/admin.ts';
import { test } from '../world/fixtures.ts';

// How long each client waits by itself, and whether the gateway keeps it waiting as long as it would.

/** Longer than Node's `fetch` waits for a silent server. */
const PATIENCE_MS = 310_000;
const HOUR_S = 3_600;

const WAITS: readonly {
  readonly name: string;
  readonly connection: ConnectionWishes;
  readonly client: BenchWishes;
}[] = [
  { name: 'nothing is set', connection: { slug: 'demo-shipped' }, client: {} },
  {
    name: 'the connection waits an hour',
    connection: { slug: 'demo-hour', holdDeadlineS: HOUR_S },
    client: {},
  },
  {
    name: 'and so may the client',
    connection: { slug: 'demo-both', holdDeadlineS: HOUR_S },
    client: { timeoutMs: HOUR_S * 1_000 },
  },
];

const table = new ResultTable(
  'long holds',
  MATRIX.map(({ label }) => label),
  WAITS.map(({ name }) => name),
);

test.afterAll(async ({ world }) => {
  await clearInbox(world);
  await table.writeIfWanted();
});

for (const { name, connection, client: wishes } of WAITS) {
  test(`every client, undecided for ${PATIENCE_MS / 1_000} s: ${name}`, async ({ world }) => {
    test.setTimeout(PATIENCE_MS + 120_000);
    const registered = await registerConnection(world, connection);
    // A client that nobody can tell to wait longer has nothing to show here.
    const clients = MATRIX.filter(
      ({ shortTimeoutMs }) => wishes.timeoutMs === undefined || shortTimeoutMs !== undefined,
    );
    await Promise.all(
      clients.map(async (client) => {
        const cell = await withClient(world, registered, client, wishes, (bench) =>
          leftAlone(bench, PATIENCE_MS),
        );
        table.set(client.label, name, cell);
      }),
    );
  });
}
