import { closedLoop } from './closed-loop.ts';
import { HeldCalls } from './held-calls.ts';
import { loadJobSchema, monotonicMs, type Target } from './jobs.ts';
import { MCP_HEADERS, toolCall } from './messages.ts';
import { serveJobs } from './worker.ts';

/** The load generator: agents only, so that what they cost is not counted as anybody else's. */
const held = new HeldCalls();

serveJobs(async (message) => {
  const job = loadJobSchema.parse(message);
  switch (job.kind) {
    case 'closed-loop':
      return closedLoop(job);
    case 'hold':
      return held.open(job.targets, job.count);
    case 'collect':
      return held.collect();
    case 'once':
      return callOnce(job.target, job.tool);
    default:
      return job satisfies never;
  }
});

let nextId = 1;

async function callOnce({ url, headers }: Target, tool: string) {
  const started = monotonicMs();
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...MCP_HEADERS, ...headers },
    body: toolCall((nextId += 1), tool, { sql: 'SELECT 1' }),
  });
  let bytes = 0;
  for await (const chunk of answer.body ?? []) bytes += chunk.length;
  if (!answer.ok) throw new Error(`${tool} was answered with HTTP ${answer.status}`);
  return { bytes, seconds: (monotonicMs() - started) / 1000 };
}
