import { startStack, type Stack } from '@holdpoint/testkit';
import pg from 'pg';
import { z } from 'zod';
import { BenchError } from './bench.error.ts';
import { COMMIT_LOG_SCHEMA } from './commit-log.ts';
import { startConnector } from './connector-stage.ts';
import type { LoadJob, Target } from './jobs.ts';
import { INITIALIZE, MCP_HEADERS } from './messages.ts';
import { Person } from './person.ts';
import { Worker } from './worker.ts';

/** What is compared, in the order of how much each does. */
export const TARGETS = ['direct', 'bareProxy', 'committingProxy', 'gateway'] as const;
export type TargetName = (typeof TARGETS)[number];

const AGENT = 'demo-agent';
/** The longest that an exchange may be held open. */
const HOLD_DEADLINE_S = 3600;
const SETTLE_MS = 60_000;

const portSchema = z.object({ port: z.int() });

export interface StageOptions {
  /** How many agents there are for calls that are held. */
  readonly callers: number;
  /** A folder for a CPU profile of the gateway. */
  readonly profileDir: string | undefined;
  readonly onStep: (step: string) => void;
}

/** Everything that is measured, running: one machine, one database, processes of their own. */
export interface Stage {
  readonly stack: Stack;
  readonly targets: Readonly<Record<TargetName, Target>>;
  readonly database: pg.Client;
  readonly reviewer: Person;
  readonly versions: Readonly<Record<string, string>>;
  /** A session for each of the callers. */
  openCallers(): Promise<readonly Target[]>;
  load<Schema extends z.ZodType>(job: LoadJob, result: Schema): Promise<z.output<Schema>>;
  /** The same upstream, through a connector that runs until it is closed. */
  openBehindConnector(): Promise<{ readonly target: Target; close(): Promise<void> }>;
  upstreamCalls(): Promise<number>;
  /** Waits until the sequencer has placed every entry: what is left over must not slow others down. */
  settled(): Promise<{ readonly backlog: number; readonly waitedMs: number }>;
  close(): Promise<void>;
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const closing: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const stack = await startStack({
      onStep: options.onStep,
      moreAgents: options.callers,
      gatewayEnv: {
        HOLDPOINT_LOG_LEVEL: 'warn',
        ...(options.profileDir === undefined
          ? {}
          : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profileDir}` }),
      },
    });
    closing.push(() => stack.stop());
    const database = new pg.Client({ connectionString: stack.started.database });
    await database.connect();
    closing.push(() => database.end());
    const settings = await durableSettings(database);
    await database.query(COMMIT_LOG_SCHEMA);

    const start = async (name: string, config: unknown) => {
      const { worker, details } = await Worker.start(name, config, portSchema);
      closing.push(() => worker.stop());
      return { worker, port: details.port };
    };
    const upstream = await start('upstream', 'start');
    const bare = await start('proxy', { upstreamPort: upstream.port });
    const committing = await start('proxy', {
      upstreamPort: upstream.port,
      databaseUrl: stack.started.database,
    });
    const load = Worker.open('load');
    closing.push(() => load.stop());

    const account = (email: string) => accountOf(stack, email);
    const origin = stack.started.console;
    const admin = await Person.signIn(origin, account('morgan@example.com'));
    const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
    const endpoint = await admin.registerConnection(connectionTo(upstreamUrl));
    const reviewer = await Person.signIn(origin, account('avery@example.com'));
    options.onStep('Instant upstream, proxies and load generator');

    const gateway = await openSession(endpoint, await accessToken(stack, endpoint));
    const plain = (port: number): Target => ({ url: `http://127.0.0.1:${port}/mcp`, headers: {} });
    return {
      stack,
      database,
      reviewer,
      versions: settings,
      targets: {
        direct: await openSession(plain(upstream.port).url, ''),
        bareProxy: await openSession(plain(bare.port).url, ''),
        committingProxy: await openSession(plain(committing.port).url, ''),
        gateway,
      },
      async openCallers() {
        const opened: Target[] = [];
        for (const { clientId } of stack.started.agents.filter(isCaller))
          opened.push(await openSession(endpoint, await accessToken(stack, endpoint, clientId)));
        return opened;
      },
      load: (job, result) => load.ask(job, result),
      async openBehindConnector() {
        const { profileDir } = options;
        const plan = { gateway: origin, admin, url: upstreamUrl, profileDir };
        const connector = await startConnector(plan);
        const there = await admin.registerConnection(connectionThrough(connector.address));
        return {
          target: await openSession(there, await accessToken(stack, there)),
          close: () => connector.stop(),
        };
      },
      upstreamCalls: async () =>
        (await upstream.worker.ask('count', z.object({ calls: z.int() }))).calls,
      settled: () => settled(database),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names that start with `demo` fall under the demo's policy: SQL facts, holds and masks. */
function connectionTo(url: string): Readonly<Record<string, unknown>> {
  return {
    slug: 'demo-bench',
    title: 'Instant upstream',
    url,
    allowPrivate: true,
    credential: { kind: 'bearer', token: 'a-credential-of-the-measurement' },
    callerGroups: ['data-agents'],
    defaultEffect: 'allow',
    chain: [{ groups: ['reviewers'], people: [], quorum: 1 }],
    holdDeadlineS: HOLD_DEADLINE_S,
  };
}

/** The same through a connector, which has the credential alone if there is one. */
function connectionThrough(address: string): Readonly<Record<string, unknown>> {
  return {
    ...connectionTo(address),
    slug: 'demo-bench-connector',
    title: 'Instant upstream behind a connector',
    credential: { kind: 'none' },
  };
}

/** Numbers of a database that may lose what it said it has are no numbers. */
async function durableSettings(database: pg.Client): Promise<Readonly<Record<string, string>>> {
  const show = async (name: string) => {
    const { rows } = await database.query<Record<string, string>>(`show ${name}`);
    return rows[0]?.[name] ?? '';
  };
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const value = await show(name);
    if (value !== 'on') throw new BenchError('unsafe_database', `${name} is ${value}, not on.`);
  }
  return { node: process.versions.node, postgres: await show('server_version') };
}

const isCaller = ({ clientId }: { readonly clientId: string }) => clientId.startsWith('agent-');

function accountOf(stack: Stack, email: string) {
  const found = stack.started.people.find((person) => person.email === email);
  if (found === undefined) throw new BenchError('sign_in_failed', `The demo has no ${email}.`);
  return found;
}

async function accessToken(
  { started }: Stack,
  resource: string,
  id: string = AGENT,
): Promise<string> {
  const agent = started.agents.find(({ clientId }) => clientId === id);
  if (agent === undefined) throw new BenchError('sign_in_failed', `The demo has no ${id}.`);
  const answer = await fetch(started.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${agent.clientId}:${agent.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  });
  return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
}

/** An MCP session, as a client opens it before it calls anything. */
async function openSession(url: string, token: string): Promise<Target> {
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...MCP_HEADERS, ...authorization },
    body: INITIALIZE,
  });
  const id = answer.headers.get('mcp-session-id');
  if (!answer.ok || id === null) {
    const said = await answer.text();
    throw new BenchError('wrong_answer', `No session at ${url}: ${answer.status} ${said}`);
  }
  await answer.body?.cancel();
  return { url, headers: { ...authorization, 'mcp-session-id': id } };
}

async function settled(database: pg.Client) {
  const started = performance.now();
  const backlog = await unplaced(database);
  for (let left = backlog; left > 0 && performance.now() - started < SETTLE_MS;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = await unplaced(database);
  }
  return { backlog, waitedMs: performance.now() - started };
}

async function unplaced(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    'select (select count(*) from entry) - (select count(*) from leaf) as count',
  );
  return Number(rows[0]?.count ?? 0);
}
