import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import type { LoadJob, LoopResult } from './jobs.ts';
import { MCP_HEADERS, readCall } from './messages.ts';
import { percentile } from './statistics.ts';

type Job = Extract<LoadJob, { kind: 'closed-loop' }>;

let nextId = 1;

/**
 * Agents that each make the next call when the last one is answered. What starts during the warm-up
 * doesn't count.
 */
export async function closedLoop(job: Job): Promise<LoopResult> {
  const { origin, pathname } = new URL(job.target.url);
  const headers = { ...MCP_HEADERS, ...job.target.headers };
  const tookMs: number[] = [];
  let isCounting = false;
  let isOver = false;

  async function runAgent(): Promise<void> {
    const client = new Client(origin, { pipelining: 1 });
    try {
      while (!isOver) {
        const counts = isCounting;
        const started = performance.now();
        const body = readCall((nextId += 1));
        const answer = await client.request({ method: 'POST', path: pathname, headers, body });
        const text = await answer.body.text();
        if (answer.statusCode !== 200 || !isResult(text)) {
          throw new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 300)}`);
        }
        if (counts && !isOver) tookMs.push(performance.now() - started);
      }
    } finally {
      await client.close();
    }
  }

  const agents = Promise.all(Array.from({ length: job.connections }, runAgent));
  // A call that goes wrong ends the run at once.
  await Promise.race([agents, sleep(job.warmUpMs)]);
  isCounting = true;
  const started = performance.now();
  await Promise.race([agents, sleep(job.durationMs)]);
  const seconds = (performance.now() - started) / 1000;
  isOver = true;
  await agents;
  return {
    calls: tookMs.length,
    seconds,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
  };
}

function isResult(text: string): boolean {
  return text.includes('"structuredContent"') && !text.includes('"isError":true');
}
