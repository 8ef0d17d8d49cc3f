import { setTimeout as sleep } from 'node:timers/promises';
import {
  approvalDetailSchema,
  approvalPageSchema,
  type ApprovalState,
  type ApprovalSummary,
} from '@holdpoint/contracts';
import type { World } from '../world/world.ts';
import type { Arena } from './arena.ts';
import { keyOf, type ReviewingProgram } from './reviewing-program.ts';
import type { Kill } from './steps.ts';
import type { Trial } from './trial.ts';

/** One approval as reviewers are shown it at the end. */
interface Shown {
  readonly id: string;
  readonly key: string;
  readonly state: ApprovalState;
}

/** What the run came to. */
export interface Findings {
  /** Each sentence is a broken promise. */
  readonly broken: readonly string[];
  /** Held calls whose outcome is shown as unknown: key and approval. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly runs: ReadonlyMap<string, number>;
}

const SETTLED_WITHIN_MS = 120_000;

/** Compares what ran, by the upstream's own counters, with what agents, reviewers and the log were told. */
export async function examine(arena: Arena, kills: readonly Kill[]): Promise<Findings> {
  const { world, reviewer, upstream } = arena;
  const { trials } = arena.load;
  const shown = await shownApprovals(world, new Set(trials.map(({ key }) => key)));
  const byKey = Map.groupBy(shown, ({ key }) => key);
  const runsOf = (key: string) => upstream.runs.get(key) ?? 0;
  const broken = [
    ...upstream.unapproved.map((key) => `${key} ran, and nobody had approved it`),
    ...trials.flatMap((trial) => {
      const approvals = byKey.get(trial.key) ?? [];
      const found =
        trial.tool === 'pay'
          ? judgeHeld(trial, runsOf(trial.key), approvals, reviewer)
          : judgeAllowed(trial, runsOf(trial.key), approvals);
      return found.map((what) => `${trial.key} (${trial.ending}): ${what}`);
    }),
    ...unknownNotShown(kills, shown),
    ...unknownNotTold(shown, trials, reviewer),
    ...(await unrecorded(world, trials, runsOf)),
  ];
  const unknown = shown.filter(({ state }) => state === 'unknown');
  return {
    broken,
    unknown: new Map(unknown.map(({ key, id }) => [key, id])),
    runs: upstream.runs,
  };
}

const RAN: readonly ApprovalState[] = ['answered', 'delivered'];

/** A held call runs once if it was approved, and its agent gets the answer or is told why not. */
function judgeHeld(
  trial: Trial,
  runs: number,
  approvals: readonly Shown[],
  { warned }: ReviewingProgram,
): readonly string[] {
  const count = (...states: ApprovalState[]) =>
    approvals.filter(({ state }) => states.includes(state)).length;
  const ran = count(...RAN);
  const unknown = count('unknown');
  const mayHaveRun = ran + unknown > 0;
  // Who leaves and asks again in one moment may stand beside its own first call: a second approval,
  // which its reviewer denies on being shown that the first one ran. That answer stays collectable.
  const isBesideItself =
    trial.leaves && approvals.some(({ id, state }) => state === 'denied' && warned.has(id));
  return says([
    [runs > 1, `it ran ${runs} times`],
    [trial.verdict === 'deny' && runs > 0, 'it was denied, and ran'],
    [runs < ran, 'it is shown as answered, and did not run'],
    [runs > ran + unknown, `it ran, and is shown as ${approvals.map(({ state }) => state).join()}`],
    [trial.ending === 'answered' && ran !== 1, 'it has an answer that is not recorded'],
    [trial.ending === 'refused' || trial.ending === 'no answer', 'its agent was left alone'],
    [trial.ending === 'told unknown' && unknown === 0, 'it is said to be unknown, and is not'],
    [trial.ending === 'denied' && trial.verdict === 'approve' && !mayHaveRun, 'it was lost'],
    [trial.ending === 'denied' && ran > 0 && !isBesideItself, 'its answer was lost'],
    [count('claimed', 'held') > 0, 'it has not ended'],
    [trial.complaint !== undefined, trial.complaint ?? ''],
  ]);
}

/** An allowed call is sent once; without an answer its agent can't know whether it ran. */
function judgeAllowed(trial: Trial, runs: number, approvals: readonly Shown[]): readonly string[] {
  return says([
    [runs > 1, `it ran ${runs} times`],
    [trial.ending === 'answered' && runs !== 1, 'it has an answer, and did not run'],
    [trial.ending === 'refused' && runs > 0, 'it was refused, and ran'],
    [approvals.length > 0, 'it was held'],
    [trial.complaint !== undefined, trial.complaint ?? ''],
  ]);
}

function says(checks: readonly (readonly [boolean, string])[]): readonly string[] {
  return checks.flatMap(([isSo, sentence]) => (isSo ? [sentence] : []));
}

/** What was claimed when the gateway died is unknown, and nothing else ever. */
function unknownNotShown(kills: readonly Kill[], shown: readonly Shown[]): readonly string[] {
  const stateOf = new Map(shown.map(({ id, state }) => [id, state]));
  return kills.flatMap(({ name, claimed }) =>
    claimed
      .filter((id) => stateOf.get(id) !== 'unknown')
      .map((id) => `${id} was claimed at the kill ${name}, and is shown as ${stateOf.get(id)}`),
  );
}

/** Whoever calls again is told, or the reviewer of the next identical call is. */
function unknownNotTold(
  shown: readonly Shown[],
  trials: readonly Trial[],
  reviewer: ReviewingProgram,
): readonly string[] {
  const told = new Set(trials.filter(({ ending }) => ending === 'told unknown').map((t) => t.key));
  const named = new Set([...reviewer.warned.values()].map(({ approvalId }) => approvalId));
  return shown
    .filter(({ id, key, state }) => state === 'unknown' && !told.has(key) && !named.has(id))
    .map(({ id, key }) => `nobody was told that ${id} (${key}) is unknown`);
}

/** Each run has a committed intent before it. */
async function unrecorded(
  world: World,
  trials: readonly Trial[],
  runsOf: (key: string) => number,
): Promise<readonly string[]> {
  const intents = async (condition: string) => {
    const { rows } = await world.ledger.query<{ n: number }>(
      `select count(*)::int as n from entry where method = 'tools/call' and ${condition}`,
    );
    return rows[0]?.n ?? 0;
  };
  const runs = (tool: string) =>
    trials.filter((trial) => trial.tool === tool).reduce((sum, { key }) => sum + runsOf(key), 0);
  const claims = await intents(`kind = 'call.forwarded'`);
  const allowed = await intents(`kind = 'call.received' and effect = 'allow'`);
  return says([
    [runs('pay') > claims, `${runs('pay')} held calls ran, of which ${claims} are recorded`],
    [runs('note') > allowed, `${runs('note')} allowed calls ran, of which ${allowed} are recorded`],
  ]);
}

/** As the console shows them, once the gateway has settled what dead processes left. */
async function shownApprovals(world: World, keys: ReadonlySet<string>): Promise<readonly Shown[]> {
  const reviewer = await world.person('avery');
  for (let waitedMs = 0; ; waitedMs += 500) {
    const all = await allSettled(world);
    const isOpen = all.some(({ state }) => state === 'claimed');
    if (isOpen && waitedMs < SETTLED_WITHIN_MS) {
      await sleep(500);
      continue;
    }
    const shown: Shown[] = [];
    for (const { id, state, preview, previewCut } of all) {
      const key = previewCut
        ? keyOf(await reviewer.get(`/api/approvals/${id}`, approvalDetailSchema))
        : keyIn(preview);
      if (keys.has(key)) shown.push({ id, key, state });
    }
    return shown;
  }
}

async function allSettled(world: World): Promise<readonly ApprovalSummary[]> {
  const reviewer = await world.person('avery');
  const all: ApprovalSummary[] = [];
  for (let cursor = ''; ;) {
    const path = `/api/approvals?state=settled&limit=1000${cursor}`;
    const { items, next } = await reviewer.get(path, approvalPageSchema);
    all.push(...items);
    if (next === null) return all;
    cursor = `&cursor=${next}`;
  }
}

function keyIn(preview: string): string {
  return /k-[a-z0-9-]+/.exec(preview)?.[0] ?? '';
}
