import { startConformanceFixture, type ConformanceFixture } from '@holdpoint/testkit';
import { startApprovingProgram, type ApprovingProgram } from './conformance/approving-program.ts';
import { startBearerProxy } from './conformance/bearer-proxy.ts';
import { REQUIREMENTS, runSuite, type Requirements, type SuiteRun } from './conformance/suite.ts';
import { clearInbox, policySource, publishPolicy, registerConnection } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { serviceToken } from './world/tokens.ts';
import type { World } from './world/world.ts';

// The gateway is transparent: whatever the official conformance suite finds out about a server, it
// finds out through the gateway too, while calls are allowed and while people decide on them.

const HELD_METHODS = ['tools/call', 'resources/read', 'prompts/get', 'completion/complete'];
const HOLD_EVERYTHING = `
  - id: conformance-hold
    description: A person looks at everything that can be held
    match: { connections: ["conformance-hold-*"], methods: [${HELD_METHODS.join(', ')}] }
    effect: hold
`;

/** What the fixture scores; the suite's 30 checks of the Tasks extension count for no revision. */
const SCORE: Readonly<Record<Requirements, Pick<SuiteRun, 'passed' | 'failed'>>> = {
  '2025-11-25': { passed: 84, failed: 0 },
  '2026-07-28': { passed: 164, failed: 30 },
};

let original: string;
let fixture: ConformanceFixture;
const direct = new Map<Requirements, SuiteRun>();

test.beforeAll(async ({ world }) => {
  fixture = await startConformanceFixture();
  original = await policySource(world);
  await publishPolicy(world, original + HOLD_EVERYTHING);
});

test.afterAll(async ({ world }) => {
  await publishPolicy(world, original);
  await clearInbox(world);
  await fixture.close();
});

for (const requirements of REQUIREMENTS) {
  test(`${requirements}: the fixture conforms by itself`, async () => {
    const { conforms, passed, failed } = await directRun(requirements);
    expect({ conforms, passed, failed }).toEqual({ conforms: true, ...SCORE[requirements] });
  });

  test(`${requirements}: the same through the gateway where calls are allowed`, async ({
    world,
  }) => {
    const approved = await expectParity(world, 'conformance-allow', requirements);
    // The suite calls tools that the fixture doesn't have: those are held under any policy.
    for (const { why } of approved) expect(why).toContain('does not list this tool');
  });

  test(`${requirements}: the same through the gateway where calls are held`, async ({ world }) => {
    const approved = await expectParity(world, 'conformance-hold', requirements);
    expect(new Set(approved.map(({ method }) => method))).toEqual(new Set(HELD_METHODS));
  });
}

/** Compares scenario by scenario, check by check; answers what was held and approved meanwhile. */
async function expectParity(
  world: World,
  slug: string,
  requirements: Requirements,
): Promise<ApprovingProgram['approved']> {
  const connection = await registerConnection(world, {
    slug,
    url: fixture.url,
    defaultEffect: 'allow',
  });
  const token = await serviceToken(world, 'demo-agent', connection.endpoint);
  const program = startApprovingProgram(world, connection.id);
  const through = await runThrough(connection.endpoint, token, requirements).finally(() =>
    program.stop(),
  );
  const { scenarios, ...score } = await directRun(requirements);
  expect(through.scenarios).toEqual(scenarios);
  expect(through).toMatchObject(score);
  return program.approved;
}

async function directRun(requirements: Requirements): Promise<SuiteRun> {
  const known = direct.get(requirements) ?? (await runThrough(fixture.url, 'none', requirements));
  direct.set(requirements, known);
  return known;
}

/** The direct run takes the same proxy, so that what it changes can't be the difference. */
async function runThrough(
  url: string,
  token: string,
  requirements: Requirements,
): Promise<SuiteRun> {
  const proxy = await startBearerProxy(url, token);
  try {
    return await runSuite(proxy.url, requirements);
  } finally {
    await proxy.close();
  }
}
