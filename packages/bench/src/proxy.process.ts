import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { CommitLog } from './commit-log.ts';
import { serveJobs } from './worker.ts';

/**
 * What the gateway is compared with: a reverse proxy that does nothing (streams piped), or one that
 * commits the request before it forwards and the answer before it delivers, and does nothing else.
 */
const configSchema = z.object({
  upstreamPort: z.int(),
  /** Commits where this is given. */
  databaseUrl: z.string().optional(),
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

function ask(incoming: IncomingMessage, port: number, body?: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming;
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent });
    outgoing.once('response', resolve).once('error', reject);
    if (body === undefined) incoming.pipe(outgoing);
    else outgoing.end(body);
  });
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse, port: number) {
  const answer = await ask(incoming, port);
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}

async function passRecorded(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  log: CommitLog,
) {
  const callId = uuidv7();
  const frame = await buffer(incoming);
  await log.commit('call.received', 'agent-to-gateway', callId, frame);
  const answer = await ask(incoming, port, frame);
  const body = await buffer(answer);
  await log.commit('call.answered', 'gateway-to-agent', callId, body);
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
}

serveJobs(async (job) => {
  const { upstreamPort, databaseUrl } = configSchema.parse(job);
  const log = databaseUrl === undefined ? undefined : await CommitLog.open(databaseUrl);
  const server = createServer((incoming, outgoing) => {
    const passing =
      log === undefined
        ? pass(incoming, outgoing, upstreamPort)
        : passRecorded(incoming, outgoing, upstreamPort, log);
    passing.catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { port: address.port };
});
