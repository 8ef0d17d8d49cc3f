import { startConformanceFixture, type ConformanceFixture } from '@holdpoint/testkit';
import type { ApprovingProgram } from './conformance/approving-program.ts';
import { HELD_METHODS, HOLD_EVERYTHING, runDirectly, runOverGateway } from './conformance/runs.ts';
import { REQUIREMENTS, type Requirements, type SuiteRun } from './conformance/suite.ts';
import { clearInbox, policySource, publishPolicy } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import type { World } from './world/world.ts';

// The gateway is transparent: whatever the official conformance suite finds out about a server, it
// finds out through the gateway too, while calls are allowed and while people decide on them.

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
  const { through, approved } = await runOverGateway(world, slug, fixture.url, requirements);
  const { scenarios, ...score } = await directRun(requirements);
  expect(through.scenarios).toEqual(scenarios);
  expect(through).toMatchObject(score);
  return approved;
}

async function directRun(requirements: Requirements): Promise<SuiteRun> {
  const known = direct.get(requirements) ?? (await runDirectly(fixture.url, requirements));
  direct.set(requirements, known);
  return known;
}
