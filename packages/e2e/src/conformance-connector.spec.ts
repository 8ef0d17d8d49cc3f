import {
  conformanceFixtureCommand,
  startConformanceFixture,
  type ConformanceFixture,
} from '@holdpoint/testkit';
import { HELD_METHODS, HOLD_EVERYTHING, runDirectly, runOverGateway } from './conformance/runs.ts';
import { REQUIREMENTS, type Requirements, type SuiteRun } from './conformance/suite.ts';
import { clearInbox, policySource, publishPolicy } from './world/admin.ts';
import { Connector } from './world/connector.ts';
import { expect, test } from './world/fixtures.ts';

// A connector is transparent as well: in front of an HTTP server nothing differs, and in front of a stdio
// server only what standard input and output can't carry.

// Each of the suite's sessions starts a process of its own.
test.describe.configure({ timeout: 4 * 60_000 });

const SITE = 'conformance';

let original: string;
let fixture: ConformanceFixture;
let connector: Connector;
const direct = new Map<Requirements, SuiteRun>();

test.beforeAll(async ({ world }) => {
  fixture = await startConformanceFixture();
  const { url } = fixture;
  const command = conformanceFixtureCommand();
  connector = await Connector.start(world, {
    site: SITE,
    servers: {
      http: { http: { url } },
      own: { stdio: { ...command, sessions: 'per-session' } },
      shared: { stdio: { ...command, sessions: 'shared' } },
    },
  });
  original = await policySource(world);
  await publishPolicy(world, original + HOLD_EVERYTHING);
});

test.afterAll(async ({ world }) => {
  await publishPolicy(world, original);
  await clearInbox(world);
  await connector.remove();
  await fixture.close();
});

for (const requirements of REQUIREMENTS) {
  test(`${requirements}: an HTTP server behind a connector, calls allowed`, async ({ world }) => {
    const url = connector.address('http');
    const { through } = await runOverGateway(world, 'conformance-allow', url, requirements);
    expect(through).toEqual(await directRun(requirements));
  });

  test(`${requirements}: an HTTP server behind a connector, calls held`, async ({ world }) => {
    const url = connector.address('http');
    const { through, approved } = await runOverGateway(
      world,
      'conformance-hold',
      url,
      requirements,
    );
    expect(through).toEqual(await directRun(requirements));
    expect(new Set(approved.map(({ method }) => method))).toEqual(new Set(HELD_METHODS));
  });
}

/**
 * What stdio has no words for. A stream that is closed early and taken up again, and the marks for that:
 * its one pipe is neither closed nor taken up. And the suite counts answers in event streams as a success
 * of their own; a stdio server's plain answer has nothing before it, and comes as JSON.
 */
const WITHOUT_STREAMS: Readonly<Record<string, readonly string[]>> = {
  'server-sse-multiple-streams': ['SUCCESS server-sse-streams-functional'],
  'server-sse-polling': [
    'SUCCESS server-sse-priming-event',
    'SUCCESS server-sse-retry-field',
    'SUCCESS server-sse-disconnect-resume',
  ],
};

/**
 * The SDK's server looks at the revision of the first request that a process gets, and from then on at no
 * other's: over stdio it refuses none afterwards.
 */
const WITHOUT_REVISIONS: typeof WITHOUT_STREAMS = {
  'server-stateless': [
    'SUCCESS sep-2575-server-unsupported-version-error',
    'SUCCESS sep-2575-http-server-unsupported-version-400',
  ],
};

for (const [requirements, server, lacking, failing] of [
  ['2025-11-25', 'own', WITHOUT_STREAMS, 0],
  ['2025-11-25', 'shared', WITHOUT_STREAMS, 0],
  ['2026-07-28', 'own', WITHOUT_REVISIONS, 2],
] as const) {
  test(`${requirements}: a stdio server (${server}) behind a connector`, async ({ world }) => {
    const url = connector.address(server);
    const { through } = await runOverGateway(world, 'conformance-stdio', url, requirements);
    const { failed, scenarios } = await directRun(requirements);
    expect(lackingIn(through, scenarios)).toEqual(lacking);
    expect(through.failed).toBe(failed + failing);
  });
}

/** Scenario → the successes of the direct run that another run doesn't have. */
function lackingIn(
  run: SuiteRun,
  direct: SuiteRun['scenarios'],
): Readonly<Record<string, readonly string[]>> {
  const successes = (checks: readonly string[] = []) =>
    checks
      .filter((check) => check.startsWith('SUCCESS '))
      .map((check) => check.split(' ', 2).join(' '));
  return Object.fromEntries(
    Object.entries(direct).flatMap(([name, checks]) => {
      const has = successes(run.scenarios[name]);
      const lacks = successes(checks).filter((check) => !has.includes(check));
      return lacks.length === 0 ? [] : [[name, lacks]];
    }),
  );
}

async function directRun(requirements: Requirements): Promise<SuiteRun> {
  const known = direct.get(requirements) ?? (await runDirectly(fixture.url, requirements));
  direct.set(requirements, known);
  return known;
}
