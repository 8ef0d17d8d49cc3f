import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { connectionInputSchema } from '@holdpoint/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { ConnectionsService } from '../connections/connections.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { hurry } from '../testing/hurry.ts';
import { ApprovalNotifier } from './approval-notifier.ts';
import { DeliveriesService } from './deliveries.service.ts';

const ISSUER = 'http://issuer.example.com';
const ADMIN: SignedInPerson = {
  key: `${ISSUER}|admin`,
  name: 'Adrian Admin',
  email: null,
  issuer: ISSUER,
  subject: 'admin',
  groups: ['admins'],
  groupsAt: 0,
  roles: ['admin'],
};
const CALLER = {
  key: `${ISSUER}|agent`,
  issuer: ISSUER,
  subject: 'agent',
  kind: 'service',
  displayName: 'Agent',
  clientId: 'agent',
  groups: [],
  ownerKey: null,
};
const DECISION = {
  effect: 'hold',
  source: 'rule',
  explanation: 'A person looks at every write.',
  rules: [],
  chains: [null],
  masks: [],
};

interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let gateway: GatewayContext;
let context: INestApplicationContext;
let receiver: Server;
let port: number;
let received: Message[];
/** What the receiver answers next; 200 when empty. */
let answers: number[];
let connection: ConnectionRecord;
let secret: string;

beforeAll(async () => {
  receiver = createServer((req, res) => {
    if (req.url === '/dead') return;
    void text(req).then((body) => {
      received.push({ headers: req.headers, body });
      res.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  gateway = await startGatewayContext();
  context = await gateway.open();
  await context.init();
  ({ connection, secret } = await register('hooked', '/hook'));
});

afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await gateway.close();
});

beforeEach(() => {
  received = [];
  answers = [];
});

describe('webhooks', () => {
  it('deliver what the approval says, signed, without the arguments', async () => {
    const approvalId = await hold(connection);
    await queue('approval.held', approvalId, connection);
    const message = await nextMessage();
    const verified = new Webhook(secret).verify(message.body, signatureOf(message));
    expect(verified).toEqual({
      type: 'approval.held',
      version: 1,
      timestamp: expect.any(String),
      data: {
        approvalId,
        state: 'held',
        connection: { slug: 'hooked', title: 'Hooked' },
        method: 'tools/call',
        target: 'query',
        caller: { name: 'Agent', kind: 'service', clientId: 'agent' },
        why: 'A person looks at every write.',
        verdicts: [],
        link: `http://localhost:4999/inbox/${approvalId}`,
      },
    });
    await eventually(async () => (await delivery())?.state === 'delivered');
    expect(await delivery()).toMatchObject({ attempts: 1, lastStatus: 200, lastError: null });
  });

  it('with a body or a time that was changed do not verify', async () => {
    await queue('approval.held', await hold(connection), connection);
    const message = await nextMessage();
    const check = (body: string, change: Record<string, string> = {}) =>
      new Webhook(secret).verify(body, { ...signatureOf(message), ...change });
    expect(() => check(message.body.replace('held', 'done'))).toThrow();
    expect(() => check(message.body, { 'webhook-id': 'other' })).toThrow();
    const later = String(Math.floor(Date.now() / 1000) + 30);
    expect(() => check(message.body, { 'webhook-timestamp': later })).toThrow();
  });

  it('are tried again under the same id, and follow no redirect', async () => {
    answers = [500, 307];
    await queue('approval.held', await hold(connection), connection);
    const first = await nextMessage();
    await eventually(async () => (await delivery())?.state === 'retrying');
    expect(await delivery()).toMatchObject({ attempts: 1, lastStatus: 500 });
    await eventually(async () => (await hurried())?.attempts === 2);
    expect(await delivery()).toMatchObject({ lastStatus: 307, state: 'retrying' });
    await eventually(async () => (await hurried())?.state === 'delivered');
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([first.headers['webhook-id']]),
    );
  });

  it('are not sent for a transaction that is rolled back', async () => {
    const approvalId = await hold(connection);
    const rolledBack = context.get(Database).transaction(async (client) => {
      await context.get(ApprovalNotifier).queueIn(client, 'approval.held', approvalId, connection);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(received).toEqual([]);
  });

  it('do not ask for a decision that was made meanwhile', async () => {
    const approvalId = await hold(connection);
    await context.get(Database).transaction(async (client) => {
      await context.get(ApprovalNotifier).queueIn(client, 'approval.held', approvalId, connection);
      await client.query(`update approval set state = 'denied', settled_at = now() where id = $1`, [
        approvalId,
      ]);
    });
    await eventually(async () => (await delivery())?.state === 'dropped');
    expect(await delivery()).toMatchObject({ lastError: 'settled before it was delivered' });
    expect(received).toEqual([]);
  });

  it('to a dead receiver delay nobody else', async () => {
    const dead = await register('dead', '/dead');
    for (let n = 0; n < 12; n += 1) {
      await queue('approval.held', await hold(dead.connection), dead.connection);
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await queue('approval.held', await hold(connection), connection);
    await nextMessage();
    // The dead one is still being tried: it has ten seconds for each attempt.
    const { rows } = await context
      .get(Database)
      .pool.query(
        `select from notification_message where connection_id = $1 and state = 'pending'`,
        [dead.connection.id],
      );
    expect(rows.length).toBeGreaterThan(0);
  });

  it('that were given up can be sent again by an admin, on the record', async () => {
    const approvalId = await hold(connection);
    await queue('approval.settled', approvalId, connection);
    await nextMessage();
    await eventually(async () => (await delivery())?.state === 'delivered');
    const { id } = (await delivery()) ?? { id: '' };
    const deliveries = context.get(DeliveriesService);
    await expect(deliveries.retry(connection.id, id, ADMIN)).rejects.toMatchObject({
      code: 'settled',
    });
    const { pool } = context.get(Database);
    await pool.query(`update notification_message set state = 'failed' where id = $1`, [id]);
    await deliveries.retry(connection.id, id, ADMIN);
    await eventually(async () => received.length === 2);
    const { rowCount } = await pool.query(`select 1 from entry where kind = 'webhook.retried'`);
    expect(rowCount).toBe(1);
  });
});

async function register(slug: string, path: string) {
  const saved = await context.get(ConnectionsService).create(
    connectionInputSchema.parse({
      slug,
      title: slug === 'hooked' ? 'Hooked' : 'Dead',
      url: 'http://127.0.0.1:9/mcp',
      allowPrivate: true,
      callerGroups: ['agents'],
      chain: [{ groups: ['reviewers'], people: [], quorum: 1 }],
      webhook: { url: `http://127.0.0.1:${port}${path}`, allowPrivate: true },
    }),
    ADMIN,
  );
  const record = context.get(ConnectionRegistry).byId(saved.connection.id);
  if (record === undefined || saved.webhookSecret === null) throw new Error('not registered');
  return { connection: record, secret: saved.webhookSecret };
}

async function hold({ id }: ConnectionRecord): Promise<string> {
  const approvalId = uuidv7();
  await context.get(Database).pool.query(
    `insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method,
       target, params_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id, expires_at)
     values ($1, $2, $3, $4, $5, $6, '{"name":null,"version":null}', 'tools/call', 'query', 'd', 1, 0,
       $7, '[]', 'held', $8, now() + interval '1 hour')`,
    [approvalId, uuidv7(), uuidv7(), id, CALLER.key, CALLER, DECISION, uuidv7()],
  );
  return approvalId;
}

async function queue(
  event: 'approval.held' | 'approval.settled',
  approvalId: string,
  record: ConnectionRecord,
): Promise<void> {
  await context
    .get(Database)
    .transaction((client) =>
      context.get(ApprovalNotifier).queueIn(client, event, approvalId, record),
    );
}

async function delivery() {
  return (await context.get(DeliveriesService).list(connection.id)).items[0];
}

/** Tests do not wait for the backoff. */
async function hurried() {
  await hurry(context.get(Database));
  return delivery();
}

async function nextMessage(): Promise<Message> {
  await eventually(async () => received.length > 0);
  const [message] = received;
  if (message === undefined) throw new Error('unreachable');
  return message;
}

function signatureOf({ headers }: Message): Record<string, string> {
  return Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(headers[name]),
    ]),
  );
}

async function eventually(look: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > until) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
