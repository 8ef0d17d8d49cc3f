// Guarantees that a connector finds its way back to its gateway after whatever cut it off, and drains
// without breaking a call.
import { createServer as createHttpServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SUBPROTOCOL } from '@holdpoint/tunnel';
import { generate } from 'selfsigned';
import { WebSocketServer } from 'ws';
import { LegacyClient, watch, type Watched } from '../testing/legacy-client.ts';
import { scratch, Setup, until } from '../testing/setup.ts';
import { ODD, portOf, unlinked } from '../testing/unlinked.ts';

describe('a link', () => {
  let setup: Setup;
  beforeEach(async () => {
    setup = await Setup.start(ODD);
  });
  afterEach(() => setup.stop());

  it('offers what the file lists, signed with the key of the enrolment', () => {
    const { hello } = setup.far.link;
    expect(hello.servers).toEqual([{ name: 'odd', kind: 'stdio' }]);
    expect(hello.connectorId).toBe('connector-1');
  });

  it('reports how it is, and passes its log on', async () => {
    await until(() => setup.far.statuses.length > 0, 'a status');
    expect(setup.far.statuses[0]?.servers).toMatchObject([{ name: 'odd', state: 'idle' }]);
    const client = await LegacyClient.open(setup.far, 'odd');
    await client.call('stderr', { name: 'from its standard error' });
    await until(
      () =>
        setup.far.logs.some(
          ({ text, server }) => server === 'odd' && text === 'from its standard error',
        ),
      'the line',
    );
  });

  it('comes back after a cut, and what was under way was told', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const call = client.start('hang');
    await until(
      async () => JSON.stringify(await client.call('seen', {}, 2)).includes('hang'),
      'a call',
    );
    setup.far.link.socket.terminate();
    await until(() => call.reset !== undefined, 'the loss');
    expect(call.reset).toMatchObject({ code: 'tunnel_closed', sent: true });
    await until(() => setup.far.isLinked, 'the next link');
    // Its session and its process lived on: only the exchange was lost.
    const seen = (await client.call('seen', {}, 3))['seen'];
    expect(JSON.stringify(seen)).toContain('notifications/cancelled');
  });

  it('gets a second one while its gateway drains, and the first one finishes its calls', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const call = client.start('later', {}, 'x');
    await until(
      async () => JSON.stringify(await client.call('seen', {}, 2)).includes('later'),
      'a call',
    );
    const first = setup.far.link;
    first.tunnel.goAway('Upgrading.');
    await until(() => setup.far.link !== first, 'another link');
    await client.call('now', {}, 3);
    await until(() => call.ended, 'the answer on the first link');
    expect(call.messages).toMatchObject([{ id: 'x', result: { late: true } }]);
  });

  it('finishes its calls and takes no new one when it is stopped', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const call = client.start('soon', { bytes: 1500 }, 'x');
    const hasIt = async () => JSON.stringify(await client.call('seen', {}, 2)).includes('soon');
    await until(hasIt, 'a call');
    const listening = client.listen();
    await until(() => listening.status === 200, 'a stream');
    const drained = setup.connector.drain();
    await until(() => !setup.far.links.some(({ tunnel }) => tunnel.takesStreams), 'the notice');
    // It is still under way, so what is refused now is refused because of the drain.
    expect(() => client.start('line')).toThrow(/no connector|stopping/);
    await drained;
    expect(call.messages).toMatchObject([{ id: 'x', result: { soon: true } }]);
    expect(call.reset).toBeUndefined();
  });

  // Guarantee: connectors are replaced one after the other, and no call is lost in doubt.
  it('refuses as unsent what was on its way to it when it was stopped, though nothing ran', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const drained = setup.connector.drain();
    const call = client.start('soon', {}, 'x');
    await until(() => call.reset !== undefined, 'the refusal');
    expect(call.reset).toMatchObject({ code: 'draining', sent: false });
    await drained;
  });

  // A gateway that is busy reads the notice late, and opens until then.
  it('waits with its end until the gateway has read that it stops', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    setup.far.link.socket.pause();
    const drained = setup.connector.drain();
    await sleep(1500);
    const call = client.start('soon', {}, 'x');
    setup.far.link.socket.resume();
    await until(() => call.reset !== undefined, 'the refusal');
    expect(call.reset).toMatchObject({ code: 'draining', sent: false });
    await drained;
  });

  // It dials again because its gateway goes, and is stopped in that moment.
  it('opens no link any more when it is stopped while it dials', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const call = client.start('soon', { bytes: 1500 }, 'x');
    const hasIt = async () => JSON.stringify(await client.call('seen', {}, 2)).includes('soon');
    await until(hasIt, 'a call');
    const drained = new Promise<void>((resolve) => {
      setup.far.onDial = () => void setup.connector.drain().then(resolve);
    });
    setup.far.link.tunnel.goAway('Upgrading.');
    await until(() => call.ended || call.reset !== undefined, 'the end on the first link');
    expect(call.reset).toBeUndefined();
    expect(setup.far.links).toHaveLength(1);
    await drained;
  });

  it('refuses as unsent what comes with the welcome, when it was stopped before that', async () => {
    let call: Watched | undefined;
    const drained = new Promise<void>((resolve) => {
      setup.far.onHello = () => void setup.connector.drain().then(resolve);
    });
    setup.far.onWelcomed = () => {
      call = new LegacyClient(setup.far, 'odd').start('line');
    };
    setup.far.link.socket.terminate();
    await drained;
    await until(() => call?.reset !== undefined, 'the refusal');
    expect(call?.reset).toMatchObject({ code: 'draining', sent: false });
  });

  it('lets a whole answer leave that its gateway takes slowly', async () => {
    const client = await LegacyClient.open(setup.far, 'odd');
    const call = client.start('large', { bytes: 1_000_000 }, 'x');
    call.stream?.pause();
    const hasIt = async () => JSON.stringify(await client.call('seen', {}, 2)).includes('large');
    await until(hasIt, 'a call');
    const drained = setup.connector.drain();
    await sleep(1500);
    call.stream?.resume();
    await drained;
    await until(() => call.ended || call.reset !== undefined, 'its end');
    expect(call.reset).toBeUndefined();
    expect(call.messages).toMatchObject([{ result: { text: 'y'.repeat(1_000_000) } }]);
  });
});

describe('a request in tiny pieces', () => {
  // Guarantee: what the gateway sends is bounded by what it takes here, not only by its bytes.
  it('takes no more room than one in large ones may', async () => {
    const few = await Setup.start(ODD, { limits: { maxPendingBytes: 64 * 1024 } });
    const call = new LegacyClient(few.far, 'odd').trickle('{'.repeat(1000));
    await until(() => call.reset !== undefined, 'the refusal');
    expect(call.reset).toMatchObject({ code: 'busy', sent: false });
    await few.stop();
  });
});

describe('answers that the gateway does not take', () => {
  // Guarantee: a server's answers, too, are bounded by what waits here, whatever the gateway does.
  it('fail as sent beyond what may wait, and the others come once they are taken', async () => {
    const few = await Setup.start(ODD, { limits: { maxPendingBytes: 1024 * 1024 } });
    const client = await LegacyClient.open(few.far, 'odd');
    const ask = (id: number) => {
      const call = client.start('large', { bytes: 1024 * 1024 }, id);
      call.stream?.pause();
      return call;
    };
    const calls = [1, 2, 3, 4, 5, 6].map(ask);
    const refused = () => calls.flatMap(({ reset }) => (reset === undefined ? [] : [reset]));
    // A window of each has left, and two of what is left fill the room.
    await until(() => refused().length === 4, 'the refusals');
    for (const reset of refused()) expect(reset).toMatchObject({ code: 'busy', sent: true });
    for (const { stream } of calls) stream?.resume();
    await until(() => calls.filter(({ ended }) => ended).length === 2, 'the others');
    expect(await client.call('large', { bytes: 1024 * 1024 }, 7)).toMatchObject({
      text: 'y'.repeat(1024 * 1024),
    });
    await few.stop();
  });

  it('take no room of others where their server can be held back', async () => {
    const large = createHttpServer((_request, response) => response.end('z'.repeat(4_000_000)));
    await new Promise<void>((resolve) => large.listen(0, '127.0.0.1', resolve));
    const http = { url: `http://127.0.0.1:${portOf(large)}/mcp`, maxConnections: 16 };
    const both = await Setup.start(
      { ...ODD, large: { http } },
      { limits: { maxPendingBytes: 65_536 } },
    );
    const head = { server: 'large', method: 'POST', headers: {} } as const;
    const waiting = Array.from({ length: 12 }, () => {
      const call = watch(both.far, head, '{}');
      call.stream?.pause();
      return call;
    });
    await until(() => waiting.every(({ status }) => status === 200), 'the answers');
    const client = await LegacyClient.open(both.far, 'odd');
    expect(await client.call('large', { bytes: 300_000 })).toMatchObject({
      text: 'y'.repeat(300_000),
    });
    await both.stop();
    large.closeAllConnections();
    large.close();
  });
});

describe('the way out', () => {
  it('leads through a proxy, by CONNECT', async () => {
    const proxy = await startProxy();
    const { far, start, stop } = await unlinked(undefined, { proxy: proxy.url });
    start();
    await until(() => far.isLinked, 'the link');
    expect(proxy.targets).toContain(`127.0.0.1:${far.port}`);
    await stop();
    proxy.close();
  });

  it('trusts a private authority that the file names, and nobody else’s', async () => {
    const attributes = [{ name: 'commonName', value: 'localhost' }];
    const extensions = [
      { name: 'basicConstraints' as const, cA: true },
      { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] },
    ];
    const { private: key, cert } = await generate(attributes, { extensions });
    const { path, remove } = scratch();
    writeFileSync(join(path, 'ca.pem'), cert);
    const server = createTlsServer({ key, cert });
    const sockets = new WebSocketServer({ server, handleProtocols: () => SUBPROTOCOL });
    let connections = 0;
    sockets.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gateway = `https://127.0.0.1:${portOf(server)}`;

    const stranger = await unlinked(gateway);
    stranger.start();
    await until(() => stranger.lines.join('').includes('gateway.ca'), 'the distrust');
    expect(connections).toBe(0);
    const friend = await unlinked(gateway, { ca: join(path, 'ca.pem') });
    friend.start();
    await until(() => connections > 0, 'the connection');
    await Promise.all([stranger.stop(), friend.stop()]);
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
    remove();
  });
});

async function startProxy() {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createHttpServer();
  server.on('connect', (request, client: Socket) => {
    targets.push(request.url ?? '');
    const [host = '', port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    targets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
