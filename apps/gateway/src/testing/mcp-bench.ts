import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { connectionInputSchema } from '@holdpoint/contracts';
import { findFreePort } from '@holdpoint/testkit';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { insertConnection } from '../connections/connection.sql.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { CredentialVault } from '../connections/credential-vault.ts';
import { ConnectorEndpoint } from '../connectors/connector-endpoint.ts';
import { ConnectorLinks } from '../connectors/connector-links.ts';
import { RelayEndpoint } from '../connectors/relay-endpoint.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { McpEndpoint } from '../mcp/mcp-endpoint.ts';
import { Database } from '../platform/database.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { Agent } from './agent.ts';
import { approveAsShown } from './approve-as-shown.ts';
import { startGatewayContext, type GatewayContext } from './gateway-context.ts';
import { startScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { verdictGiver } from './verdict-giver.ts';

export const PUBLIC_URL = 'http://localhost:4999';
export const CREDENTIAL = 'upstream-credential-7d1f';

/** Tools that the scripted upstream lists, and what the policy does with calls to them. */
const POLICY = `
rules:
  - id: reads
    match: { tools: [read, staff, typed] }
    effect: allow
  - id: writes
    description: A person looks at every write
    match: { tools: [write] }
    effect: hold
  - id: never
    match: { tools: [forbidden] }
    effect: deny
    message: Nobody may do this.
  - id: erring
    match: { tools: [erring] }
    when: args.missing == 1
    effect: allow
  - id: sampling
    match: { methods: [sampling/createMessage, roots/list] }
    effect: allow
  - id: people
    match: { connections: ["*"] }
    mask:
      - { detect: [email, us-ssn, credit-card], as: redact }
      - { field: "**.salary", as: drop }
  - id: badges
    match: { tools: [staff] }
    mask: [{ field: "**.badge", as: redact }]
`;

/** One gateway process: its container, and its MCP endpoint on a port. */
export interface BenchGateway {
  readonly context: INestApplicationContext;
  readonly origin: string;
  close(): Promise<void>;
}

export interface McpBench extends BenchGateway {
  readonly gateway: GatewayContext;
  readonly upstream: ScriptedUpstream;
  readonly database: Database;
  readonly issuer: TokenIssuer;
  /** A second process on the same database. */
  open(): Promise<BenchGateway>;
  connect(
    input: Partial<z.input<typeof connectionInputSchema>> & { slug: string },
  ): Promise<ConnectionRecord>;
  publish(policy: string): Promise<void>;
  /** Every process knows what was committed before. */
  refresh(): Promise<void>;
  agent(name?: string, slug?: string, on?: BenchGateway): Promise<Agent>;
  /** A reviewer's verdict on the newest undecided approval, or on the one named. */
  decide(verdict: 'approve' | 'deny', approvalId?: string): Promise<string>;
  /** Waits for the newest approval in a state. */
  approval(state: string): Promise<{ readonly id: string; readonly waiter_id: string | null }>;
  stateOf(approvalId: string): Promise<string | undefined>;
  /** Somebody of the issuer that agents sign in with. */
  person(name: string, groups?: string[]): SignedInPerson;
}

/** The data path end to end: agent → endpoint → scripted upstream, on a real Postgres. */
export async function startMcpBench(
  environment: Readonly<Record<string, string>> = {},
): Promise<McpBench> {
  const issuer = await startTokenIssuer();
  const upstream = await startScriptedUpstream();
  for (const name of ['read', 'staff', 'write', 'forbidden', 'erring'])
    upstream.tools.set(name, { name, inputSchema: { type: 'object' } });
  upstream.tools.set('typed', {
    name: 'typed',
    inputSchema: { type: 'object' },
    outputSchema: {
      type: 'object',
      properties: { contact: { type: 'string', pattern: '@' }, note: { type: 'string' } },
      required: ['contact'],
    },
  });
  const gateway = await startGatewayContext({
    HOLDPOINT_OIDC_ISSUER: issuer.url,
    HOLDPOINT_UPSTREAM_TIMEOUT_MS: '30000',
    ...environment,
  });
  const first = await openGateway(gateway);
  const database = first.context.get(Database);
  const gateways = [first];
  const refresh = async () => {
    for (const { context } of gateways)
      await Promise.all([
        context.get(ConnectionRegistry).refresh(),
        context.get(PolicyStore).refresh(),
        context.get(FreezeStore).refresh(),
      ]);
  };

  const bench: McpBench = {
    ...first,
    gateway,
    upstream,
    database,
    issuer,
    refresh,
    async open() {
      const opened = await openGateway(gateway);
      gateways.push(opened);
      const close = async () => {
        gateways.splice(gateways.indexOf(opened), 1);
        await opened.close();
      };
      return { ...opened, close };
    },
    async connect(changes) {
      const id = uuidv7();
      const input = connectionInputSchema.parse({
        title: changes.slug,
        url: upstream.url,
        allowPrivate: true,
        callerGroups: ['agents'],
        chain: [{ groups: ['reviewers'] }],
        ...changes,
      });
      const credential = { kind: 'bearer', token: CREDENTIAL } as const;
      const sealed = first.context.get(CredentialVault).sealCredential(id, credential);
      await insertConnection(database.pool, id, {
        input,
        credential: { kind: 'bearer', sealed },
        webhookSecret: null,
      });
      await refresh();
      const record = first.context.get(ConnectionRegistry).byId(id);
      if (!record) throw new Error('The connection was not loaded.');
      return record;
    },
    async publish(policy) {
      await database.pool.query(
        `insert into policy_version (number, source, published_by)
           select coalesce(max(number), 0) + 1, $1, 'spec' from policy_version`,
        [policy],
      );
      await refresh();
    },
    async agent(name = 'robot', slug = 'demo', on = first) {
      const token = await issuer.token(name, ['agents'], `${PUBLIC_URL}/mcp/${slug}`);
      return new Agent(`${on.origin}/mcp/${slug}`, token);
    },
    async approval(state) {
      return until(async () => {
        const { rows } = await database.pool.query<{ id: string; waiter_id: string | null }>(
          'select id, waiter_id from approval where state = $1 order by id desc limit 1',
          [state],
        );
        return rows[0];
      }, `an approval becomes ${state}`);
    },
    async stateOf(approvalId) {
      const { rows } = await database.pool.query<{ state: string }>(
        'select state from approval where id = $1',
        [approvalId],
      );
      return rows[0]?.state;
    },
    person(name, groups = ['reviewers']) {
      return {
        ...{ key: `${issuer.url}|${name}`, issuer: issuer.url, subject: name, name, email: null },
        ...{ groups, groupsAt: Date.now(), roles: ['reviewer'] },
      };
    },
    async decide(verdict, approvalId) {
      const id = approvalId ?? (await bench.approval('held')).id;
      if (verdict === 'approve') await approveAsShown(first.context, id, REVIEWER);
      else {
        const denial = { verdict, step: 0, reason: 'Not today.' } as const;
        await verdictGiver(first.context).give(id, denial, REVIEWER);
      }
      return id;
    },
    async close() {
      for (const each of gateways) await each.close();
      await gateway.close();
      await upstream.close();
      await issuer.close();
    },
  };
  try {
    await bench.publish(POLICY);
    await bench.connect({ slug: 'demo' });
    return bench;
  } catch (error) {
    // Left running it would fail in the specs that come after it, too.
    await bench.close();
    throw error;
  }
}

const REVIEWER: SignedInPerson = {
  key: 'http://people.example.com|riley',
  name: 'Riley',
  email: 'riley@people.example.com',
  issuer: 'http://people.example.com',
  subject: 'riley',
  groups: ['reviewers'],
  groupsAt: Date.now(),
  roles: ['reviewer'],
};

async function openGateway(gateway: GatewayContext): Promise<BenchGateway> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  process.env['HOLDPOINT_INSTANCE_URL'] = origin;
  const context = await gateway.open();
  const endpoint = context.get(McpEndpoint);
  const relay = context.get(RelayEndpoint);
  // As Express mounts it: the handler sees the path below `/mcp`.
  const mounted: RequestListener = (request, response) => {
    if (relay.isFor(request)) return relay.handle(request, response);
    request.url = (request.url ?? '').replace(/^\/mcp/, '');
    endpoint.handle(request, response);
  };
  const server = createServer(mounted).listen(port, '127.0.0.1');
  await once(server, 'listening');
  context.get(ConnectorEndpoint).attach(server);
  let closed = false;
  return {
    context,
    origin,
    async close() {
      if (closed) return;
      closed = true;
      // In the order of a real shutdown: nothing new, then the container, then the sockets.
      server.close();
      context.get(ConnectorLinks).drain();
      await context.close();
      server.closeAllConnections();
    },
  };
}

/** Asks again until there is an answer. A bound against hangs, not a measure of speed. */
export async function until<T>(
  ask: () => Promise<T | undefined | false>,
  what: string,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`It did not happen that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
