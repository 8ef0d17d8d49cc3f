import { once } from 'node:events';
import { SUBPROTOCOL } from '@holdpoint/tunnel';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectorsService } from './connectors.service.ts';
import { Enrolments } from './enrolments.ts';
import { adminNamed } from '../testing/admins.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import {
  dial,
  enrolTestConnector,
  TestRefusal,
  type TestConnector,
} from '../testing/test-connector.ts';

/**
 * Nobody has a tunnel without the key that a one-time token was burned for, and nobody keeps one after
 * an admin revoked it, whichever gateway holds it.
 */
let bench: McpBench;
const admin = adminNamed('adrian');
const open: TestConnector[] = [];
const KEY = { kty: 'OKP', crv: 'Ed25519' } as const;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(() => bench.close());

const service = () => bench.context.get(ConnectorsService);
const enrolments = () => bench.context.get(Enrolments);

async function connect(...args: Parameters<typeof dial>): Promise<TestConnector> {
  const connector = await dial(...args);
  open.push(connector);
  return connector;
}

const refusalOf = (dialled: Promise<TestConnector>): Promise<unknown> =>
  dialled.then(
    (connector) => {
      open.push(connector);
      return 'welcome';
    },
    (error: unknown) => (error instanceof TestRefusal ? error.refused.code : String(error)),
  );

async function found(name: string) {
  const { items } = await service().list();
  return items.find((site) => site.name === name);
}

describe('enrolment', () => {
  const key = (letter: string) => ({ ...KEY, x: letter.repeat(43) });
  const codeOf = (enrolled: Promise<unknown>) =>
    enrolled.then(
      () => 'enrolled',
      (error: { code: string }) => error.code,
    );

  it('makes one connector of one token, whoever comes with it at the same moment', async () => {
    const { token, command } = await service().invite({ site: 'once', minutes: 5 }, admin);
    expect(command).toBe(`npx holdpoint-connector enroll http://localhost:4999 --token ${token}`);
    const tries = ['A', 'B', 'C', 'D'].map((letter) =>
      codeOf(
        enrolments().enroll({ token, publicKey: key(letter), name: letter, version: '1.0.0' }),
      ),
    );
    expect((await Promise.all(tries)).sort()).toEqual([
      'enrolled',
      'enrolment_refused',
      'enrolment_refused',
      'enrolment_refused',
    ]);
    const site = await found('once');
    expect(site?.connectors).toHaveLength(1);
    expect(site?.enrolments).toEqual([]);
    const { rows } = await bench.database.pool.query(
      `select kind, who from entry where kind like 'connector.enrol%' order by id`,
    );
    expect(rows).toEqual([
      { kind: 'connector.enrolment_created', who: admin.key },
      { kind: 'connector.enrolled', who: admin.key },
    ]);
  });

  it('keeps tokens as a hash alone', async () => {
    const { token } = await service().invite({ site: 'hashed', minutes: 5 }, admin);
    const { rows } = await bench.database.pool.query(
      'select connector_enrolment::text as row from connector_enrolment',
    );
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it('refuses a token that is unknown, withdrawn or over', async () => {
    const enroll = (token: string) =>
      codeOf(enrolments().enroll({ token, publicKey: key('E'), name: 'e', version: '1' }));
    expect(await enroll(`hpe_${'a'.repeat(43)}`)).toBe('enrolment_refused');
    const withdrawn = await service().invite({ site: 'gone', minutes: 5 }, admin);
    const { id = '' } = withdrawn.items.find(({ name }) => name === 'gone')?.enrolments[0] ?? {};
    await service().withdraw(id, admin);
    expect(await enroll(withdrawn.token)).toBe('enrolment_refused');
    const over = await service().invite({ site: 'gone', minutes: 5 }, admin);
    await bench.database.pool.query(
      `update connector_enrolment set expires_at = now() - interval '1 second'`,
    );
    expect(await enroll(over.token)).toBe('enrolment_refused');
  });

  it('leaves the token as it is where the key belongs to another connector', async () => {
    const { token } = await service().invite({ site: 'twice', minutes: 5 }, admin);
    const taken = { token, publicKey: key('F'), name: 'f', version: '1' };
    const other = await service().invite({ site: 'twice', minutes: 5 }, admin);
    await enrolments().enroll({ ...taken, token: other.token });
    expect(await codeOf(enrolments().enroll(taken))).toBe('enrolment_refused');
    expect(await codeOf(enrolments().enroll({ ...taken, publicKey: key('G') }))).toBe('enrolled');
  });
});

describe('dialling in', () => {
  it('shows what a connector is, and that it went', async () => {
    const identity = await enrolTestConnector(bench.context, 'shown');
    const connector = await connect(bench, identity, { servers: { files: 'http://unused' } });
    connector.tunnel.reportStatus({
      load: 0.25,
      openStreams: 0,
      memoryBytes: 1,
      servers: [
        { name: 'files', state: 'failed', processes: 0, sessions: 0, restarts: 3, lastError: 'no' },
      ],
      lastError: 'files can’t be started',
    });
    const state = await until(async () => {
      const [shown] = (await found('shown'))?.connectors ?? [];
      return shown?.lastError === null ? undefined : shown;
    }, 'the status is shown');
    expect(state).toMatchObject({
      state: 'connected',
      version: '0.0.1',
      lastError: 'files can’t be started',
      servers: [{ name: 'files', kind: 'http', state: 'failed', lastError: 'no' }],
    });
    connector.cut();
    const offline = await until(async () => {
      const [shown] = (await found('shown'))?.connectors ?? [];
      return shown?.state === 'offline' ? shown : undefined;
    }, 'it is offline');
    // How its servers are is known while it is there; what went wrong before stays to be read.
    expect(offline.servers).toEqual([
      { name: 'files', kind: 'http', state: null, lastError: 'no' },
    ]);
  });

  // Nothing is relayed to it meanwhile, and its end is no lost connection.
  it('knows of one that is stopped while it is let in', async () => {
    const identity = await enrolTestConnector(bench.context, 'stopped');
    const connector = await connect(bench, identity, { servers: {}, isStopped: true });
    const shown = async () => (await found('stopped'))?.connectors[0];
    await until(async () => (await shown())?.state === 'draining', 'it is shown as stopping');
    await connector.close();
    await until(async () => (await shown())?.state === 'offline', 'it is offline');
    expect((await shown())?.lastError).toBeNull();
  });

  it('refuses whoever has another key, signs for another gateway, or is not known', async () => {
    const [mine, theirs] = await Promise.all([
      enrolTestConnector(bench.context, 'keys'),
      enrolTestConnector(bench.context, 'keys'),
    ]);
    const options = { servers: {} };
    const mixed = { connectorId: mine.connectorId, key: theirs.key };
    expect(await refusalOf(dial(bench, mixed, options))).toBe('signature');
    const elsewhere = { ...options, origin: 'https://other.example.com' };
    expect(await refusalOf(dial(bench, mine, elsewhere))).toBe('signature');
    const unknown = { ...mine, connectorId: crypto.randomUUID() };
    expect(await refusalOf(dial(bench, unknown, options))).toBe('unknown');
    expect(await refusalOf(dial(bench, { ...mine, connectorId: 'x' }, options))).toBe('unknown');
    expect(await refusalOf(dial(bench, mine, { ...options, versions: [99] }))).toBe('version');
  });

  it('lets no page in, and nobody who calls it by another name', async () => {
    const identity = await enrolTestConnector(bench.context, 'pages');
    const from = (headers: Record<string, string>) =>
      refusalOf(dial(bench, identity, { servers: {}, headers }));
    expect(await from({ origin: 'http://localhost:4999' })).toContain('403');
    expect(await from({ host: 'rebound.example.com' })).toContain('421');
  });

  it('writes the others down whatever one of them says', async () => {
    const [odd, fine] = await Promise.all([
      enrolTestConnector(bench.context, 'odd'),
      enrolTestConnector(bench.context, 'fine'),
    ]);
    const say = (connector: TestConnector, lastError: string) =>
      connector.tunnel.reportStatus({
        ...{ load: 0, openStreams: 0, memoryBytes: 1, lastError },
        servers: [
          { name: 'files', state: 'failed', processes: 0, sessions: 0, restarts: 0, lastError },
        ],
      });
    say(await connect(bench, odd, { servers: { files: 'http://unused' } }), 'a\0b\ud800');
    say(await connect(bench, fine, { servers: { files: 'http://unused' } }), 'plain');
    const shown = (site: string) => async () => {
      const error = (await found(site))?.connectors[0]?.lastError;
      return error ?? undefined;
    };
    expect(await until(shown('fine'), 'the other one is shown')).toBe('plain');
    expect(await until(shown('odd'), 'it is shown')).toBe('a\uFFFDb\uFFFD');
  });

  it('is not kept out by sockets that say nothing', async () => {
    const identity = await enrolTestConnector(bench.context, 'crowded');
    const url = `${bench.origin.replace(/^http/, 'ws')}/connector`;
    const headers = { host: new URL(PUBLIC_URL).host };
    const silent = Array.from({ length: 64 }, () => new WebSocket(url, [SUBPROTOCOL], { headers }));
    await Promise.all(silent.map((socket) => once(socket, 'open')));
    await connect(bench, identity, { servers: {} });
    expect(await until(() => found('crowded'), 'it is listed')).toMatchObject({
      connectors: [{ state: 'connected' }],
    });
    for (const socket of silent) socket.terminate();
  });

  it('takes one HELLO of one tunnel', async () => {
    const identity = await enrolTestConnector(bench.context, 'twice-hello');
    const again = dial(bench, identity, { servers: {}, hellos: 2 });
    expect(await refusalOf(again)).toBe('invalid');
    await service().revoke(identity.connectorId, admin);
    await until(
      async () =>
        (await service()
          .remove(identity.connectorId, admin)
          .catch(() => undefined)) !== undefined,
      'no link of it is left behind',
    );
  });

  it('keeps the log of a connector sealed, bounded, and after it went', async () => {
    const identity = await enrolTestConnector(bench.context, 'logs');
    const connector = await connect(bench, identity, { servers: { files: 'http://unused' } });
    const at = new Date().toISOString();
    const line = (text: string) => ({ at, level: 'error', server: 'files', text }) as const;
    for (let batch = 0; batch < 3; batch += 1)
      connector.tunnel.reportLog({
        dropped: batch,
        lines: Array.from({ length: 100 }, (_, index) => line(`secret-ish ${batch}/${index}`)),
      });
    connector.tunnel.reportLog({ dropped: 0, lines: [line('x'.repeat(2000))] });
    await connector.close();
    const { ConnectorLogs } = await import('./connector-log.ts');
    const lines = await until(async () => {
      const log = await bench.context.get(ConnectorLogs).read(identity.connectorId);
      return log.lines.length > 0 ? log.lines : undefined;
    }, 'the log is kept');
    expect(lines).toHaveLength(200);
    expect(lines.at(-1)?.text).toHaveLength(501);
    expect(lines.at(-2)).toMatchObject({ server: 'files', text: 'secret-ish 2/99' });
    const { rows } = await bench.database.pool.query(
      'select connector::text as row from connector',
    );
    expect(JSON.stringify(rows)).not.toContain('secret-ish');
  });
});

describe('revocation', () => {
  it('cuts a connector off on every gateway, and keeps it out', async () => {
    const far = await bench.open();
    const identity = await enrolTestConnector(bench.context, 'revoked');
    const here = await connect(bench, identity, { servers: {} });
    const there = await connect(far, identity, { servers: {}, instance: 'other' });
    await service().revoke(identity.connectorId, admin);
    expect((await here.ended).message).not.toBe('');
    expect((await there.ended).message).not.toBe('');
    expect(await refusalOf(dial(far, identity, { servers: {} }))).toBe('revoked');
    expect((await found('revoked'))?.connectors[0]).toMatchObject({
      state: 'revoked',
      revoked: { by: 'adrian' },
    });
    await far.close();
  });

  it('comes before removing, and a site goes last', async () => {
    const identity = await enrolTestConnector(bench.context, 'cleared');
    const siteId = (await found('cleared'))?.id ?? '';
    const codeOf = (change: Promise<unknown>) =>
      change.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    expect(await codeOf(service().remove(identity.connectorId, admin))).toBe('not_found');
    expect(await codeOf(service().removeSite(siteId, admin))).toBe('site_in_use');
    await service().revoke(identity.connectorId, admin);
    expect(await codeOf(service().revoke(identity.connectorId, admin))).toBe('not_found');
    await service().remove(identity.connectorId, admin);
    expect(await codeOf(service().removeSite(siteId, admin))).toBe('done');
    expect(await found('cleared')).toBeUndefined();
  });
});
