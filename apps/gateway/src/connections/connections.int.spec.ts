import { randomBytes, randomUUID } from 'node:crypto';
import {
  clientSettingSchema,
  connectionInputSchema,
  type ConnectionInput,
  type Role,
} from '@holdpoint/contracts';
import { startDemoUpstream, type DemoUpstream } from '@holdpoint/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { ConnectionRegistry } from './connection-registry.ts';
import { ConnectionTestService } from './connection-test.service.ts';
import { ConnectionsService } from './connections.service.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const TOKEN = `upstream-${randomBytes(16).toString('hex')}`;
const ADMIN = personWith('admin');
const REVIEWER = personWith('reviewer');

let gateway: GatewayContext;
let first: INestApplicationContext;
let second: INestApplicationContext;
let upstream: DemoUpstream;
let connections: ConnectionsService;

beforeAll(async () => {
  gateway = await startGatewayContext();
  upstream = await startDemoUpstream({
    databaseUrl: await gateway.createDatabase('production'),
    token: TOKEN,
  });
  first = await gateway.open();
  second = await gateway.open();
  connections = first.get(ConnectionsService);
});

afterAll(async () => {
  await upstream.close();
  await gateway.close();
});

describe('registering a connection', () => {
  it('lists its tools, and is known to every replica', async () => {
    const { connection, webhookSecret } = await connections.create(input('demo'), ADMIN);
    expect(connection.tools.map(({ name }) => name)).toContain('query');
    expect(webhookSecret).toBeNull();
    await eventually(() => second.get(ConnectionRegistry).bySlug('demo') !== undefined);
    const record = second.get(ConnectionRegistry).bySlug('demo');
    if (record === undefined) throw new Error('unreachable');
    expect(second.get(ConnectionRegistry).headersFor(record)).toEqual({
      authorization: `Bearer ${TOKEN}`,
    });
    await eventually(() => second.get(ToolCatalogue).find(record.id, 'query') !== undefined);
    const query = second.get(ToolCatalogue).find(record.id, 'query');
    expect(query?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(query?.definitionText ?? '')).toMatchObject({ name: 'query' });
  });

  it('keeps the credential out of every row that is not sealed, and out of the log', async () => {
    const { pool } = first.get(Database);
    const { rows } = await pool.query<{ text: string }>(
      `select (select string_agg(content, '') from entry) || (select string_agg(c::text, '') from connection c) as text`,
    );
    expect(rows[0]?.text).toContain('connection.created');
    expect(rows[0]?.text).not.toContain(TOKEN);
    expect(rows[0]?.text).not.toContain(Buffer.from(TOKEN).toString('hex'));
  });

  it('refuses a name that is taken', async () => {
    await expect(connections.create(input('demo'), ADMIN)).rejects.toMatchObject({
      code: 'name_taken',
    });
  });

  it.each([
    ['nobody', [{ groups: [], people: [], quorum: 1 }]],
    ['more people than are named', [{ groups: [], people: ['i|a'], quorum: 2 }]],
    ['an e-mail address', [{ groups: [], people: ['a@example.com'], quorum: 1 }]],
  ])('refuses a chain that asks for %s', async (_, chain) => {
    const asked = connections.create({ ...input('other'), chain }, ADMIN);
    await expect(asked).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('shows addresses whole to admins only', async () => {
    const secret = { url: 'https://hooks.example.com/T00/secret', allowPrivate: false };
    const saved = await connections.create({ ...input('hooked'), webhook: secret }, ADMIN);
    expect(saved.webhookSecret).toMatch(/^whsec_[A-Za-z0-9+/=]{44}$/);
    expect(saved.connection.webhook?.url).toBe(secret.url);
    const shown = await connections.get(saved.connection.id, REVIEWER);
    expect(shown.webhook?.url).toBe('https://hooks.example.com');
    expect(shown.url).toBe(new URL(upstream.url).origin);
  });
});

describe('editing a connection', () => {
  it('notices that someone else was faster', async () => {
    const { connection } = await connections.create(input('edited'), ADMIN);
    const edit = (title: string) =>
      connections.update(
        connection.id,
        { ...input('edited'), credential: undefined, title, version: connection.version },
        ADMIN,
      );
    const outcomes = await Promise.allSettled([edit('One'), edit('Two')]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'stale_version' });
    const record = first.get(ConnectionRegistry).byId(connection.id);
    if (record === undefined) throw new Error('unreachable');
    expect(first.get(ConnectionRegistry).headersFor(record)).toEqual({
      authorization: `Bearer ${TOKEN}`,
    });
  });

  it('keeps how kinds of clients wait, on every replica', async () => {
    const patient = clientSettingSchema.parse({ name: 'patient*', resetsOnProgress: true });
    const asked = { ...input('waiting'), clients: [patient] };
    const { connection } = await connections.create(asked, ADMIN);
    expect(connection.clients).toEqual([patient]);
    const clients = [{ ...patient, version: '2.*', holdDeadlineS: 240 }];
    const edit = { ...asked, credential: undefined, clients, version: connection.version };
    const saved = await connections.update(connection.id, edit, ADMIN);
    expect(saved.connection.clients).toEqual(clients);
    const there = () => second.get(ConnectionRegistry).bySlug('waiting')?.clients;
    await eventually(() => there()?.[0]?.holdDeadlineS === 240);
    expect(there()).toEqual(clients);
  });

  it('never sends a stored credential to another host', async () => {
    const { connection } = await connections.create(input('moved'), ADMIN);
    const moved = { ...input('moved'), credential: undefined, url: 'http://127.0.0.1:9/mcp' };
    await expect(
      connections.update(connection.id, { ...moved, version: 1 }, ADMIN),
    ).rejects.toMatchObject({ code: 'invalid_input', fields: { credential: expect.any(String) } });
  });

  it.each([
    ['the address', (url: string) => ({ url: `${url}?other` }), 1],
    ['the credential', () => ({ credential: { kind: 'bearer' as const, token: 'another' } }), 1],
    ['whom it lets in, by taking a group away', () => ({ callerGroups: ['others'] }), 1],
    ['the title', () => ({ title: 'Another title' }), 0],
  ])('voids earlier releases when it changes %s', async (_, change, epochs) => {
    const slug = `epoch-${randomUUID()}`;
    const { connection } = await connections.create(input(slug), ADMIN);
    const epoch = () => first.get(ConnectionRegistry).byId(connection.id)?.freezeEpoch;
    const before = epoch() ?? -1;
    const changed = { ...input(slug), credential: undefined, ...change(upstream.url) };
    await connections.update(connection.id, { ...changed, version: 1 }, ADMIN);
    expect(epoch()).toBe(before + epochs);
  });

  it('does not rename what rules and agents call it', async () => {
    const id = first.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
    const renamed = connections.update(id, { ...input('renamed'), version: 1 }, ADMIN);
    await expect(renamed).rejects.toMatchObject({ fields: { slug: expect.any(String) } });
  });
});

describe('the deny-everything switch', () => {
  it('is one change and one entry, however many flip it at once', async () => {
    const id = first.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
    const epoch = first.get(ConnectionRegistry).byId(id)?.freezeEpoch ?? -1;
    await Promise.all([
      connections.freeze(id, 'incident', ADMIN),
      second.get(ConnectionsService).freeze(id, 'incident too', ADMIN),
    ]);
    const frozen = first.get(ConnectionRegistry).byId(id);
    expect(frozen?.frozen?.reason).toMatch(/^incident/);
    expect(frozen?.freezeEpoch).toBe(epoch + 1);
    await eventually(() => second.get(ConnectionRegistry).byId(id)?.frozen !== null);
    const thawed = await connections.unfreeze(id, undefined, ADMIN);
    expect(thawed.frozen).toBeNull();
    expect(first.get(ConnectionRegistry).byId(id)?.freezeEpoch).toBe(epoch + 2);
    expect(await entryKinds(id)).toEqual(
      expect.arrayContaining(['connection.frozen', 'connection.unfrozen']),
    );
    const kinds = await entryKinds(id);
    expect(kinds.filter((kind) => kind === 'connection.frozen')).toHaveLength(1);
  });

  it('is noticed by a replica that got no hint', async () => {
    const id = first.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
    const { pool } = first.get(Database);
    await pool.query(
      `update connection set frozen_at = now(), frozen_by = 'x', frozen_reason = 'x', freeze_epoch = freeze_epoch + 1 where id = $1`,
      [id],
    );
    await eventually(() => second.get(ConnectionRegistry).byId(id)?.frozen !== null);
    await connections.unfreeze(id, 'test over', ADMIN);
  });
});

describe('the catalogue', () => {
  it('records a changed and a removed tool', async () => {
    const id = first.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
    const { pool } = first.get(Database);
    await pool.query(
      `update catalogue_item set digest = 'old' where connection_id = $1 and name = 'query'`,
      [id],
    );
    await pool.query(
      `insert into catalogue_item (connection_id, kind, name, digest, definition) values ($1, 'tool', 'gone', 'd', to_jsonb('{"name":"gone"}'::text))`,
      [id],
    );
    const catalogue = first.get(ToolCatalogue);
    catalogue.markStale(id);
    const record = first.get(ConnectionRegistry).byId(id);
    if (record === undefined) throw new Error('unreachable');
    await Promise.all([
      catalogue.ensureFresh(record, 60_000),
      catalogue.ensureFresh(record, 60_000),
    ]);
    const kinds = await entryKinds(id);
    expect(kinds.filter((kind) => kind === 'tool.changed')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'tool.removed')).toHaveLength(1);
    expect(catalogue.find(id, 'gone')).toBeUndefined();
  });

  it('keeps what it knows when the upstream is down', async () => {
    const saved = await connections.create(
      { ...input('down'), url: 'http://127.0.0.1:9/mcp' },
      ADMIN,
    );
    expect(saved.connection.tools).toEqual([]);
    expect(first.get(ToolCatalogue).isLoaded(saved.connection.id)).toBe(false);
  });
});

describe('the test of a connection', () => {
  const tests = () => first.get(ConnectionTestService);

  it('names server, era and tools', async () => {
    const result = await tests().test({
      url: upstream.url,
      allowPrivate: true,
      credential: { kind: 'bearer', token: TOKEN },
    });
    expect(result).toMatchObject({ ok: true, era: 'modern', protocolVersion: '2026-07-28' });
  });

  it.each([
    ['a wrong credential', { token: 'wrong-token' }, 'unauthorized'],
    ['an address that is not ticked', { allowPrivate: false }, 'address_refused'],
    ['metadata', { url: 'http://169.254.169.254/mcp' }, 'address_refused'],
    ['a closed port', { url: 'http://127.0.0.1:9/mcp' }, 'connect'],
    ['an unknown name', { url: 'http://nowhere.invalid/mcp' }, 'dns'],
  ])('names %s', async (_, change, failure) => {
    const { token = TOKEN, ...rest }: { token?: string; url?: string; allowPrivate?: boolean } =
      change;
    const result = await tests().test({
      url: upstream.url,
      allowPrivate: true,
      ...rest,
      credential: { kind: 'bearer', token },
    });
    expect(result).toMatchObject({ ok: false, failure });
  });

  it('uses the stored credential for the stored host only', async () => {
    const id = first.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
    const stored = await tests().test({ id, url: upstream.url, allowPrivate: true });
    expect(stored.ok).toBe(true);
    const elsewhere = upstream.url.replace('127.0.0.1', 'localhost');
    const other = await tests().test({ id, url: elsewhere, allowPrivate: true });
    expect(other).toMatchObject({ ok: false, failure: 'unauthorized' });
  });
});

function input(slug: string): ConnectionInput {
  return connectionInputSchema.parse({
    slug,
    title: `Connection ${slug}`,
    url: upstream.url,
    allowPrivate: true,
    credential: { kind: 'bearer', token: TOKEN },
    callerGroups: ['agents'],
    chain: [{ groups: ['reviewers'], people: [], quorum: 1 }],
  });
}

function personWith(role: Role): SignedInPerson {
  const issuer = 'http://issuer.example.com';
  return {
    key: `${issuer}|${role}`,
    name: `The ${role}`,
    email: null,
    issuer,
    subject: role,
    groups: [`${role}s`],
    groupsAt: 0,
    roles: [role],
  };
}

async function entryKinds(connectionId: string): Promise<string[]> {
  const { rows } = await first
    .get(Database)
    .pool.query<{ kind: string }>('select kind from entry where connection_id = $1 order by id', [
      connectionId,
    ]);
  return rows.map(({ kind }) => kind);
}

async function eventually(look: () => boolean, withinMs = 60_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!look()) {
    if (performance.now() > until) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
