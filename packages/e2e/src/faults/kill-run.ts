import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '@holdpoint/testkit';
import { serviceToken } from '../world/tokens.ts';
import type { World } from '../world/world.ts';
import { openArena, startAgents, type Arena } from './arena.ts';
import { CommitGate } from './commit-gate.ts';
import { examine } from './examine.ts';
import { checkLog, keepCheckpoint } from './log-check.ts';
import { tally, type Outcome } from './outcome.ts';
import { isLate, nameOf, setTrap, type Kill, type Step, type Trap, type Traps } from './steps.ts';

const REACHED_WITHIN_MS = 120_000;

interface Run {
  readonly stack: Stack;
  readonly arena: Arena;
  readonly traps: Traps;
}

/** Kills the gateway at each of `steps` under load, restarts it each time, and examines what came of it. */
export async function runKills(
  stack: Stack,
  world: World,
  steps: readonly Step[],
  onKill: (name: string) => void = () => undefined,
): Promise<Outcome> {
  const arena = await openArena(world);
  const { endpoint, load, upstream } = arena;
  const gate = await CommitGate.install(world.started.database);
  try {
    const token = await serviceToken(world, 'demo-agent', endpoint);
    const traps = { gate, upstream, endpoint, authorization: `Bearer ${token}` };
    startAgents(arena);
    const kept = await keepCheckpoint(world);
    const kills = await killAtEach(steps, { stack, arena, traps }, onKill);
    await load.finish();
    const findings = await examine(arena, kills);
    const broken = [...findings.broken, ...(await checkLog(world, kept))];
    return tally(kills, load.trials, { ...findings, broken });
  } finally {
    await gate.close();
    await arena.close();
  }
}

async function killAtEach(
  steps: readonly Step[],
  run: Run,
  onKill: (name: string) => void,
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  let armed: Armed | undefined;
  for (const [index, step] of steps.entries()) {
    armed ??= await armFor(step, run.traps);
    const current = armed;
    const { isMissed, orphans } = await kill(current, index, run);
    const name = nameOf(isMissed ? { at: 'random' } : step);
    const claimed = await orphans();
    const next = steps[index + 1];
    // Set before the gateway starts, so that its first moments count too; a gate has one lock only.
    armed = next && !isLate(step) ? await armFor(next, run.traps) : undefined;
    await run.stack.startGateway();
    await current.trap.afterStart();
    kills.push({ name, claimed: isLate(step) ? await orphans() : claimed });
    onKill(name);
  }
  return kills;
}

interface Armed {
  readonly trap: Trap;
  readonly giveUp: AbortController;
}

async function armFor(step: Step, traps: Traps): Promise<Armed> {
  const giveUp = new AbortController();
  return { trap: await setTrap(step, traps, giveUp.signal), giveUp };
}

/** A step that the load doesn't come by in time is a random moment like others. */
async function kill({ trap, giveUp }: Armed, index: number, { stack, arena }: Run) {
  const reached = trap.untilReached().then(() => true);
  const isMissed = !(await Promise.race([reached, sleep(REACHED_WITHIN_MS, false)]));
  giveUp.abort();
  const underWay = arena.load.underWay();
  await stack.killGateway();
  for (const trial of underWay) trial.kills.push(index);
  await trap.afterKill();
  const victim = await newestInstance(arena.world);
  return { isMissed, orphans: () => claimedBy(arena.world, victim) };
}

async function newestInstance({ ledger }: World): Promise<number> {
  const { rows } = await ledger.query<{ id: number }>(
    'select max(id)::int as id from gateway_instance',
  );
  return rows[0]?.id ?? 0;
}

/** Calls that nobody alive runs any more. */
async function claimedBy({ ledger }: World, instance: number): Promise<readonly string[]> {
  const { rows } = await ledger.query<{ id: string }>(
    `select id from approval where state = 'claimed' and claimed_by <= $1`,
    [instance],
  );
  return rows.map(({ id }) => id);
}
