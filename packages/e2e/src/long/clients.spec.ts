import { MATRIX } from '../clients/matrix.ts';
import { restartUnderAll } from '../clients/restart-under-all.ts';
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

const LABELS = MATRIX.map(({ label }) => label);
const table = new ResultTable(
  'long holds',
  LABELS,
  WAITS.map(({ name }) => name),
);

test.describe('undecided for long', () => {
  test.afterAll(async ({ world }) => {
    await clearInbox(world);
    await table.writeIfWanted();
  });

  for (const { name, connection, client: wishes } of WAITS) {
    test(`every client, ${PATIENCE_MS / 1_000} s: ${name}`, async ({ world }) => {
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
});

/** What most of them wait by themselves; one that waits without a limit would never find out. */
const LIMIT_MS = 60_000;

const POLLED = { name: '*', version: null, holdDeadlineS: null, resetsOnProgress: false };
const KILLS: readonly { readonly name: string; readonly connection: ConnectionWishes }[] = [
  { name: 'nothing is set', connection: { slug: 'demo-killed' } },
  {
    name: 'streams may be resumed',
    connection: { slug: 'demo-resumed', clients: [{ ...POLLED, polling: true }] },
  },
];

test.describe('the gateway is killed', () => {
  const killed = new ResultTable(
    'killed gateway',
    LABELS,
    KILLS.map(({ name }) => name),
  );
  test.afterAll(() => killed.writeIfWanted());

  for (const { name, connection } of KILLS) {
    test(`every client has a call held: ${name}`, async ({ own }) => {
      test.setTimeout(3 * LIMIT_MS);
      const { endpoint } = await registerConnection(own.world, connection);
      const wishes = { endpoint, kill: true, client: { timeoutMs: LIMIT_MS } };
      await restartUnderAll(own, wishes, (client, cell) => killed.set(client.label, name, cell));
    });
  }
});
