import { connectionSavedSchema, policyVocabularySchema } from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { Database } from '../platform/database.ts';
import type { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../testing/scripted-upstream.ts';

const PATH = '/api/policy/vocabulary';

let gateway: GatewayHttp;
let upstream: ScriptedUpstream;
let adrian: Browser;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  upstream = await startScriptedUpstream();
  adrian = await gateway.signIn('adrian');
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

async function connect(slug: string, callerGroups: string[]): Promise<string> {
  const input = {
    slug,
    title: `Title of ${slug}`,
    url: upstream.url,
    allowPrivate: true,
    callerGroups,
    chain: [{ groups: ['reviewers'], people: [], quorum: 1 }],
  };
  const response = await adrian.send('POST', '/api/connections', input);
  const { connection } = connectionSavedSchema.parse(await response.json());
  await list(connection.id);
  return connection.id;
}

/** The gateway asks the upstream what it offers now. */
async function list(id: string): Promise<void> {
  const registry = gateway.app.get(ConnectionRegistry);
  await registry.refresh();
  const record = registry.byId(id);
  if (record === undefined) throw new Error('The connection was not loaded.');
  await gateway.app.get(ToolCatalogue).refresh(record);
}

async function vocabulary() {
  return policyVocabularySchema.parse(await (await adrian.visit(PATH)).json());
}

function offer(name: string, properties: object): void {
  upstream.tools.set(name, { name, inputSchema: { type: 'object', properties } });
}

async function callerWith(connectionId: string, groups: unknown): Promise<void> {
  const caller = { kind: 'person', issuer: 'i', subject: 's', displayName: 's', groups };
  await gateway.app.get(Database).pool.query(
    `insert into session (id, connection_id, caller_key, caller, client, era)
     values ($1, $2, 'i|s', $3, '{}', 'modern')`,
    [uuidv7(), connectionId, JSON.stringify(caller)],
  );
}

describe('the vocabulary of a policy', () => {
  // Guarantee: what upstreams offer is nobody's to read but those who write policies.
  it('is for admins alone', async () => {
    const riley = await gateway.signIn('riley');
    expect((await riley.visit(PATH)).status).toBe(403);
    expect((await fetch(gateway.publicUrl + PATH)).status).toBe(401);
    expect((await adrian.visit(PATH)).status).toBe(200);
  });

  it('names connections, their tools with arguments, and the groups that callers come with', async () => {
    const options = { type: 'object', properties: { timeout: { type: 'integer' } } };
    offer('query', { sql: { type: 'string' }, options });
    const id = await connect('prod', ['data-agents']);
    await callerWith(id, ['data-agents', 'night-shift', 'x'.repeat(300)]);
    await callerWith(id, { not: 'a list' });
    const { connections, groups } = await vocabulary();
    expect(connections.find(({ slug }) => slug === 'prod')).toEqual({
      slug: 'prod',
      title: 'Title of prod',
      tools: [
        {
          name: 'query',
          arguments: [
            { path: 'sql', type: 'string' },
            { path: 'options', type: 'object' },
            { path: 'options.timeout', type: 'integer' },
          ],
        },
      ],
    });
    expect(groups).toEqual(['data-agents', 'night-shift']);
  });

  it('keeps hostile names as they are, and leaves out those that are too long', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202e"\'\n';
    upstream.tools.clear();
    offer(hostile, { [hostile]: { type: '<b>' }, ['y'.repeat(101)]: {} });
    upstream.tools.set('odd', { name: 'odd', inputSchema: { properties: [1, { properties: 7 }] } });
    offer('x'.repeat(257), {});
    await connect('hostile', ['agents']);
    const { connections } = await vocabulary();
    expect(connections.find(({ slug }) => slug === 'hostile')?.tools.toSorted(byName)).toEqual([
      { name: hostile, arguments: [{ path: hostile, type: 'any' }] },
      { name: 'odd', arguments: [] },
    ]);
    const { headers } = await adrian.visit(PATH);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  // Guarantee: an upstream that lists a flood can't make the editor's answer one.
  it('is bounded, however much upstreams offer', async () => {
    upstream.tools.clear();
    const wide = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`argument${index}`, { type: 'string' }]),
    );
    for (let index = 0; index < 1_600; index += 1) offer(`tool${index}`, index < 400 ? wide : {});
    await connect('flood', ['agents']);
    await connect('flood-two', ['agents']);
    const tools = (await vocabulary()).connections.flatMap((each) => each.tools);
    expect(tools).toHaveLength(3_000);
    expect(Math.max(...tools.map((each) => each.arguments.length))).toBe(60);
    expect(tools.flatMap((each) => each.arguments)).toHaveLength(10_000);
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
