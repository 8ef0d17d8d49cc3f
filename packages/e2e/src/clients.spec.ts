import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@holdpoint/contracts';
import { CLI_CLIENT_ID, findFreePort } from '@holdpoint/testkit';
import { openSignedInRemote } from './clients/command-clients.ts';
import { MATRIX } from './clients/matrix.ts';
import { restartUnderAll } from './clients/restart-under-all.ts';
import { CLIENTS_PAGE, ResultTable, type Cell } from './clients/result-table.ts';
import {
  allowed,
  approved,
  denied,
  gaveUp,
  toldToCallAgain,
  withClient,
  type Bench,
} from './clients/scenarios.ts';
import { clearInbox, registerConnection } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { signInFor } from './world/tokens.ts';

// Clients as published, each against the whole stack. What takes them over a minute is in src/long/.

const SHORT_DEADLINE_S = 1;

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

test('every client: the gateway restarts while its call is held', async ({ own }) => {
  await restartUnderAll(
    own,
    { endpoint: own.world.started.mcp, kill: false, client: {} },
    (client, cell) => table.set(client.label, RESTARTED, cell),
  );
});

test('mcp-remote: a person signs in, and another one approves', async ({ world }) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-client-'));
  const matrixClient = MATRIX.find(({ label }) => label === 'mcp-remote');
  if (matrixClient === undefined) throw new Error('unreachable: it has a row');
  const wishes = { endpoint: world.started.mcp, folder };
  const client = await openSignedInRemote(wishes, await findFreePort(), CLI_CLIENT_ID, (address) =>
    signInFor(world, 'sam', address),
  );
  await approved({ world, matrixClient, client });
  await client.close();
  await rm(folder, { recursive: true, force: true });
});

test('docs/clients.md names every client, its package and the version that ran', async () => {
  const rows = (await readFile(CLIENTS_PAGE, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, ...cells]) => cells);
  for (const { label, package: its, revision } of MATRIX) {
    const [described, ...results] = rows.filter(([first]) => first === label);
    const installed = `\`${its.name}\` ${its.version}`;
    expect(described?.slice(0, 3)).toEqual([label, installed, revision]);
    expect(results, `${label} has a row in each table of results`).toHaveLength(3);
  }
  const headings = rows.filter(([first]) => first === 'client').map(([, ...cells]) => cells);
  const scenarios = [...SCENARIOS.map(({ name }) => name), RESTARTED, ''];
  expect(headings).toContainEqual(scenarios);
});
