import type { Connection } from '@holdpoint/contracts';
import { MATRIX } from './clients/matrix.ts';
import { ResultTable, type Cell } from './clients/result-table.ts';
import {
  allowed,
  approved,
  denied,
  gaveUp,
  restarted,
  toldToCallAgain,
  withClient,
  type Bench,
} from './clients/scenarios.ts';
import { clearInbox, registerConnection } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';

// Clients as published, each against the whole stack. What takes them over a minute is in src/long/.

const SHORT_DEADLINE_S = 2;

const PATIENT = 'holds as long as the client waits';
const SHORT = 'answers “call again” soon';

/** Scenario → what the connection does, whether the client is hurried, and what is to come out. */
const SCENARIOS: readonly {
  readonly name: string;
  readonly connection: typeof PATIENT | typeof SHORT;
  readonly hurried?: true;
  readonly run: (bench: Bench) => Promise<Cell>;
}[] = [
  { name: 'allowed', connection: PATIENT, run: allowed },
  { name: 'approved', connection: PATIENT, run: approved },
  { name: 'denied', connection: PATIENT, run: denied },
  { name: 'the client gives up', connection: PATIENT, hurried: true, run: gaveUp },
  { name: 'the gateway answers first', connection: SHORT, run: toldToCallAgain },
];
const RESTARTED = 'the gateway restarts';

const table = new ResultTable(
  'short holds',
  MATRIX.map(({ label }) => label),
  [...SCENARIOS.map(({ name }) => name), RESTARTED],
);
const connections = new Map<string, Connection>();

test.beforeAll(async ({ world }) => {
  connections.set(PATIENT, await registerConnection(world, { slug: 'demo-patient' }));
  const wishes = { slug: 'demo-brief', holdDeadlineS: SHORT_DEADLINE_S };
  connections.set(SHORT, await registerConnection(world, wishes));
});

test.afterAll(async ({ world }) => {
  await clearInbox(world);
  await table.writeIfWanted();
});

for (const client of MATRIX) {
  for (const { name, connection, hurried, run } of SCENARIOS) {
    if (hurried && client.shortTimeoutMs === undefined) continue;
    test(`${client.label}: ${name}`, async ({ world }) => {
      const registered = connections.get(connection);
      if (registered === undefined) throw new Error('unreachable: registered before all');
      const timeoutMs = hurried ? client.shortTimeoutMs : undefined;
      const cell = await withClient(world, registered, client, { timeoutMs }, run);
      table.set(client.label, name, cell);
    });
  }
}

test('every client: the gateway restarts while its call is held', async ({
  own: { stack, world },
}) => {
  let arrived = 0;
  let restart: () => void = () => undefined;
  const isBack = new Promise<void>((resolve, reject) => {
    restart = () => void stack.restartGateway().then(resolve, reject);
  });
  const connection = { endpoint: world.started.mcp };
  await Promise.all(
    MATRIX.map(async (client) => {
      const cell = await withClient(world, connection, client, {}, (bench) =>
        restarted(bench, () => {
          arrived += 1;
          if (arrived === MATRIX.length) restart();
          return isBack;
        }),
      );
      table.set(client.label, RESTARTED, cell);
    }),
  );
  expect(arrived).toBe(MATRIX.length);
});
