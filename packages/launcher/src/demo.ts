import { join } from 'node:path';
import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import { readStarted, type Started } from '@holdpoint/testkit';
import { LauncherError } from './launcher.error.ts';
import { homeFolder } from './paths.ts';

const AGENT = 'demo-agent';
/** An answer that takes this long is being held, whether or not the gateway reports progress. */
const HELD_AFTER_MS = 3_000;
/** How long the demo waits for somebody to decide, over all its calls together. */
const PATIENCE_MS = 15 * 60_000;
const PENDING = /waiting for approval/i;
const LINK = /https?:\/\/\S+\/inbox\/[\w-]+/;

const SELECT = 'SELECT id, name, email, phone, card_number FROM customers ORDER BY id LIMIT 3';
const FIND =
  "SELECT id, customer_id, item, status FROM orders WHERE status = 'cancelled' ORDER BY id LIMIT 1";

/** `npm run demo`: a stock SDK client that does something harmless, then something risky. */
export async function demo(): Promise<number> {
  const started = await readStarted(join(homeFolder(), 'started.json'));
  if (started === undefined) {
    throw new LauncherError(
      'not_running',
      'Nothing runs here yet; start it with `npm start` first.',
    );
  }
  try {
    const client = await connect(started);
    try {
      await play(client, started);
    } finally {
      await client.close();
    }
  } catch (cause) {
    if (!isUnreachable(cause)) throw cause;
    throw new LauncherError(
      'demo_failed',
      'The gateway is gone: `npm start` has ended. Start it again; a call that waited still waits.',
      { cause },
    );
  }
  return 0;
}

/** All that `fetch` says of a connection that was refused or broke. */
function isUnreachable(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    error.message === 'fetch failed'
  );
}

async function connect(started: Started): Promise<Client> {
  const agent = started.agents.find((each) => each.clientId === AGENT);
  if (agent === undefined) throw new LauncherError('demo_failed', 'There is no demo agent.');
  const authProvider = new ClientCredentialsProvider({
    clientId: agent.clientId,
    clientSecret: agent.clientSecret,
    expectedIssuer: started.issuer,
  });
  const client = new Client({ name: 'holdpoint-demo', version: '0.1.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(started.mcp), { authProvider }));
  say(
    `Signed in as ${agent.clientId} (owner: ${agent.owner ?? 'nobody'}), connected to ${started.mcp}`,
  );
  return client;
}

async function play(client: Client, started: Started): Promise<void> {
  const { tools } = await client.listTools();
  say(`Its tools: ${tools.map((tool) => tool.name).join(', ')}`);

  say(`A harmless call: ${SELECT}`);
  show(await query(client, SELECT, started));

  const found = await query(client, FIND, started);
  const order = /"id":\s*(\d+)/.exec(textOf(found))?.[1];
  // With no cancelled order left the call is held all the same, and deletes nothing.
  const sql = `DELETE FROM orders WHERE id = ${order ?? '0'}`;
  say(`A risky one: ${sql}`);
  const outcome = await query(client, sql, started);
  show(outcome);
  if (outcome.isError === true) say('It was not run. Run the demo again to try the other answer.');
  else say(`Approved and run. See it replayed: ${started.console}/sessions`);
}

/** Calls `query`, and calls it again for as long as the answer is that it still waits. */
async function query(client: Client, sql: string, started: Started): Promise<CallToolResult> {
  const deadline = Date.now() + PATIENCE_MS;
  const announce = announcer(started);
  const held = setTimeout(() => announce('Waiting for approval'), HELD_AFTER_MS);
  try {
    for (;;) {
      const result = await client.callTool(
        { name: 'query', arguments: { sql } },
        {
          onprogress: ({ message }) => announce(message ?? ''),
          resetTimeoutOnProgress: true,
          maxTotalTimeout: PATIENCE_MS,
        },
      );
      if (result.isError !== true || !PENDING.test(textOf(result))) return result;
      announce(textOf(result));
      if (Date.now() > deadline) return result;
    }
  } finally {
    clearTimeout(held);
  }
}

/** Says once that a call waits, and once more when the link to its approval becomes known. */
function announcer(started: Started): (message: string) => void {
  let waits = false;
  let linked = false;
  return (message) => {
    if (!PENDING.test(message) && !LINK.test(message)) return;
    const link = LINK.exec(message)?.[0];
    if (!waits) {
      waits = true;
      say('It waits: a person has to approve exactly this call.');
      const reviewers = started.people.filter(
        (person) => person.roles.includes('reviewer') && !isOwner(started, person.email),
      );
      const who = reviewers[0];
      if (who !== undefined) say(`Sign in as ${who.email} (${who.password}) and decide.`);
      if (link === undefined) say(`Inbox: ${started.console}/inbox`);
    }
    if (link !== undefined && !linked) {
      linked = true;
      say(`Decide here: ${link.replace(/[).,]+$/, '')}`);
    }
  };
}

function isOwner(started: Started, email: string): boolean {
  return started.agents.some((agent) => agent.clientId === AGENT && agent.owner === email);
}

function textOf(result: CallToolResult): string {
  return result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
}

function show(result: CallToolResult): void {
  const text =
    result.structuredContent === undefined
      ? textOf(result)
      : JSON.stringify(result.structuredContent, null, 2);
  console.log(text.replaceAll(/^/gm, '      '));
}

function say(line: string): void {
  console.log(`  ${line}`);
}
