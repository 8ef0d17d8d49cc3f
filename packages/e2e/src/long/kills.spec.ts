import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { withFreshStack } from '../faults/fresh-stack.ts';
import { runKills } from '../faults/kill-run.ts';
import {
  addOutcomes,
  NOTHING_YET,
  outcomeSchema,
  tableOf,
  type Outcome,
} from '../faults/outcome.ts';
import { nameOf, plan, STEPS } from '../faults/steps.ts';

/** Examined after each batch, on a stack of its own; a run that was cut off goes on with the next one. */
const BATCH = 50;
const BATCH_WITHIN_MS = 30 * 60_000;

const wanted = Number(process.env['HOLDPOINT_KILLS'] ?? 1000);
const report = resolve(process.env['HOLDPOINT_KILLS_REPORT'] ?? 'test-results/kills.json');

test.use({ trace: 'off' });

// Guarantee (invariants 1, 2 and 8): as in the short run, a thousand times.
test(`the gateway is killed ${wanted} times`, async () => {
  let total = await unfinished();
  test.setTimeout(Math.ceil((wanted - total.kills) / BATCH) * BATCH_WITHIN_MS);
  while (total.kills < wanted) {
    const steps = plan(wanted).slice(total.kills, total.kills + BATCH);
    const outcome = await withFreshStack((stack, world) => runKills(stack, world, steps));
    total = addOutcomes(total, outcome);
    await keep(total);
    console.log(`${total.kills} of ${wanted} kills, ${total.broken.length} broken promises`);
  }
  console.log(`\n${tableOf(total, STEPS.map(nameOf))}\n`);
  expect(total.broken).toEqual([]);
});

/** What a run before this one came to, if it was cut off. */
async function unfinished(): Promise<Outcome> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return NOTHING_YET;
  const kept = outcomeSchema.parse(JSON.parse(text));
  return kept.kills < wanted ? kept : NOTHING_YET;
}

async function keep(total: Outcome): Promise<void> {
  await mkdir(dirname(report), { recursive: true });
  await writeFile(report, JSON.stringify(total, null, 2));
  const summary = `${total.kills} kills, ${total.calls} calls, ${total.runs} runs, ${total.broken.length} broken promises`;
  const table = tableOf(total, STEPS.map(nameOf));
  await writeFile(report.replace(/\.json$/, '.md'), `${summary}\n\n${table}\n`);
}
