import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@holdpoint/contracts';
import { expect } from '@playwright/test';
import {
  approvalDetail,
  approve,
  deny,
  heldCall,
  untilAbandoned,
  untilState,
} from '../world/admin.ts';
import { serviceToken } from '../world/tokens.ts';
import { freshOrderId, type World } from '../world/world.ts';
import type { MatrixClient, OpenClient, Seen } from './matrix-client.ts';
import { quoted, type Cell } from './result-table.ts';

/** One client at work on one connection. */
export interface Bench {
  readonly world: World;
  readonly matrixClient: MatrixClient;
  readonly client: OpenClient;
}

export interface BenchWishes {
  readonly timeoutMs?: number | undefined;
}

/** Connects a client with a service identity's token, as a program would be deployed. */
export async function withClient<T>(
  world: World,
  connection: Pick<Connection, 'endpoint'>,
  matrixClient: MatrixClient,
  { timeoutMs }: BenchWishes,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-client-'));
  const { endpoint } = connection;
  const token = await serviceToken(world, 'demo-agent', endpoint);
  const wishes = { endpoint, token, folder, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const client = await matrixClient.open(wishes);
  try {
    return await use({ world, matrixClient, client });
  } finally {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A call that no other test makes, and what became of it at the upstream. */
class MarkedCall {
  readonly #bench: Bench;
  readonly #marker: string;
  readonly #args: { readonly sql: string };

  constructor(bench: Bench) {
    const order = freshOrderId();
    this.#bench = bench;
    this.#marker = `id = ${order}`;
    this.#args = { sql: `DELETE FROM orders WHERE id = ${order}` };
  }

  /** Sends it, and tells how long it took. */
  async send(): Promise<{ readonly seen: Seen; readonly seconds: number }> {
    const startedAt = performance.now();
    const seen = await this.#bench.client.call('query', this.#args);
    return { seen, seconds: (performance.now() - startedAt) / 1_000 };
  }

  /** The approval it waits for. */
  async held(): Promise<string> {
    return (await heldCall(this.#bench.world, this.#marker)).id;
  }

  /** How often the upstream ran it. */
  runs(): Promise<number> {
    return this.#bench.world.production.executionsOf('query', this.#args);
  }
}

export async function allowed({ client }: Bench): Promise<Cell> {
  const startedAt = performance.now();
  const seen = await client.call('query', { sql: 'SELECT 6 * 7 AS answer' });
  expectAnswer(seen, '"answer":42');
  return { stages: [{ saw: 'answer', seconds: (performance.now() - startedAt) / 1_000 }] };
}

export async function approved(bench: Bench): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  const id = await call.held();
  await expectIntroduced(bench, id);
  await approve(bench.world, id);
  const { seen, seconds } = await sent;
  expectAnswer(seen);
  expect(await call.runs()).toBe(1);
  await untilState(bench.world, id, 'delivered');
  return { stages: [{ saw: 'answer', seconds }] };
}

const REASON = 'Not before the backup has run.';

export async function denied(bench: Bench): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  await deny(bench.world, await call.held(), REASON);
  const { seen, seconds } = await sent;
  expect(seen).toMatchObject({ kind: 'result', isError: true });
  expect(seen.text).toContain(REASON);
  expect(await call.runs()).toBe(0);
  return { stages: [{ saw: quoted(REASON), seconds }] };
}

/** The client's own limit is shorter than the wait. What it left behind is approved, then collected. */
export async function gaveUp(bench: Bench): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  const id = await call.held();
  const first = await sent;
  expect(first.seen.kind).toBe('gave-up');
  return collected(bench, call, id, quoted(first.seen.text), first.seconds);
}

/** The gateway answers first: call again. */
export async function toldToCallAgain(bench: Bench): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  const id = await call.held();
  const first = await sent;
  expectPending(first.seen, id);
  return collected(bench, call, id, 'call again', first.seconds);
}

/**
 * Nobody decides for this long, and the client is not hurried: it still waits, or what it left
 * behind is collected.
 */
export async function leftAlone(bench: Bench, patienceMs: number): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  const id = await call.held();
  const first = await Promise.race([sent, sleep(patienceMs, undefined)]);
  if (first !== undefined)
    return collected(bench, call, id, inShort(first.seen, id), first.seconds);
  await approve(bench.world, id);
  const { seen, seconds } = await sent;
  expectAnswer(seen);
  expect(await call.runs()).toBe(1);
  return { stages: [{ saw: 'still waits, approved: answer', seconds }] };
}

/** The gateway goes and comes back while the call is held. */
export async function restarted(bench: Bench, back: () => Promise<void>): Promise<Cell> {
  const call = new MarkedCall(bench);
  const sent = call.send();
  const id = await call.held();
  await back();
  const first = await sent;
  return collected(bench, call, id, inShort(first.seen, id), first.seconds);
}

/** Without an answer there are two ways for a call to end: told to call again, or in the client's words. */
function inShort(seen: Seen, id: string): string {
  if (seen.kind === 'gave-up') return quoted(seen.text);
  expectPending(seen, id);
  return 'call again';
}

/** Nothing runs while nobody waits; the same call again gets the one execution's answer. */
async function collected(
  { world }: Bench,
  call: MarkedCall,
  id: string,
  saw: string,
  seconds: number,
): Promise<Cell> {
  await untilAbandoned(world, id);
  await approve(world, id);
  await untilState(world, id, 'approved');
  expect(await call.runs(), 'nothing runs while nobody waits').toBe(0);
  const again = await call.send();
  expectAnswer(again.seen);
  expect(await call.runs(), 'what was approved runs once').toBe(1);
  await untilState(world, id, 'delivered');
  return {
    stages: [
      { saw, seconds },
      { saw: 'answer', seconds: again.seconds },
    ],
  };
}

function expectAnswer(seen: Seen, text = '"command":"DELETE"'): void {
  expect(seen).toMatchObject({ kind: 'result', isError: false });
  // A command may print the same content on more lines.
  expect(seen.text.replace(/\s/g, '')).toContain(text);
}

function expectPending(seen: Seen, id: string): void {
  expect(seen).toMatchObject({ kind: 'result', isError: true });
  expect(seen.text).toContain(`Waiting for approval ${id}`);
  expect(seen.text).toContain('Call again with the same arguments');
}

async function expectIntroduced({ world, matrixClient }: Bench, id: string): Promise<void> {
  const { client } = await approvalDetail(world, id);
  expect(client.name).toContain(matrixClient.introducesItselfAs);
}
