// Guarantees that a connector says in words why it isn't connected, and that a gateway which is in an
// attacker's hand, or always goes, gets no more of it than a good one.
import { createServer as createHttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SUBPROTOCOL } from '@holdpoint/tunnel';
import { jest } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { LegacyClient } from '../testing/legacy-client.ts';
import { Setup, until } from '../testing/setup.ts';
import { ODD, portOf, unlinked } from '../testing/unlinked.ts';

describe('a gateway that says no', () => {
  it('is told to the operator in its own words, and asked again later', async () => {
    const { far, start, lines, stop } = await unlinked();
    far.refusal = { code: 'busy', message: 'Too many connectors.' };
    start();
    await until(() => lines.join('').includes('Too many connectors. Next try in'), 'the reason');
    await stop();
  });

  it('speaks other versions: the sentence says which end to upgrade', async () => {
    const { far, start, lines, stop } = await unlinked();
    far.versions = [7];
    start();
    await until(() => lines.join('').includes('Upgrade the connector.'), 'the reason');
    await stop();
  });

  it('has revoked it: it ends for good', async () => {
    const { far, start, revoked, stop } = await unlinked();
    far.refusal = { code: 'revoked', message: 'Revoked by an admin.' };
    start();
    await until(() => revoked.length === 1, 'the end');
    expect(revoked[0]?.message).toContain('Revoked by an admin.');
    await stop();
  });

  it('is none at all', async () => {
    const server = createHttpServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { start, lines, stop } = await unlinked(`http://127.0.0.1:${portOf(server)}`);
    start();
    await until(() => lines.join('').includes('HTTP 404'), 'the reason');
    await stop();
    server.closeAllConnections();
    server.close();
  });

  it('says why before there is a link, in one line of text and no more', async () => {
    let type = 'text/plain; charset=utf-8';
    const server = createHttpServer();
    server.on('upgrade', (_request, socket) => {
      const body = `Use a connector\u001b[2J of its version.${' '.repeat(400)}more`;
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      type = 'text/html';
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { start, lines, stop } = await unlinked(`http://127.0.0.1:${portOf(server)}`);
    start();
    await until(() => lines.join('').includes('a WebSocket was refused'), 'both tries');
    const [first = ''] = lines.filter((line) => line.includes('HTTP 400'));
    expect(first).toContain('HTTP 400: Use a connector [2J of its version.');
    expect(first).not.toContain('more');
    await stop();
    server.close();
  });

  it('isn’t there', async () => {
    const { start, lines, stop } = await unlinked('http://127.0.0.1:1');
    start();
    await until(
      () => (lines.join('').match(/nothing listens there/g) ?? []).length >= 2,
      'two tries',
    );
    await stop();
  });
});

describe('a hostile gateway', () => {
  // The connector's own file is what counts, even if the gateway is in an attacker's hand.
  it.each([
    ['bytes that are no frame', Buffer.from([1, 2, 3, 4, 5, 6])],
    ['a text', 'hello'],
    ['an exchange before the handshake', Buffer.from([0x10, 0, 0, 0, 1, 0x7b, 0x7d])],
    ['a message beyond the limit', Buffer.alloc(200_000, 0x12)],
  ])('is left at once when it sends %s', async (_name, message) => {
    const sockets = new WebSocketServer({ port: 0, handleProtocols: () => SUBPROTOCOL });
    let closed = 0;
    let received = 0;
    sockets.on('connection', (socket) => {
      socket.on('close', () => (closed += 1));
      socket.on('message', () => (received += 1));
      socket.on('error', () => undefined);
      socket.send(message);
    });
    const { start, stop } = await unlinked(`http://127.0.0.1:${portOf(sockets)}`);
    start();
    await until(() => closed > 0, 'the end of the link');
    expect(received).toBe(0);
    await stop();
    sockets.close();
  });
});

describe('a gateway that always goes', () => {
  afterEach(() => jest.restoreAllMocks());

  // Guarantee: what a gateway says doesn't make the connector open sockets without end.
  it('is dialled at once the first time, then later and later', async () => {
    const setup = await Setup.start(ODD);
    setup.far.onWelcomed = () => setup.far.link.tunnel.goAway('Upgrading.');
    setup.far.link.tunnel.goAway('Upgrading.');
    await until(() => setup.far.links.length >= 3, 'more links');
    await sleep(1000);
    expect(setup.far.links.length).toBeLessThan(6);
    await setup.stop();
  });

  it('keeps no more than a few links, the newest', async () => {
    const setup = await Setup.start(ODD);
    const { far } = setup;
    for (let gone = 1; gone <= 6; gone += 1) {
      far.link.tunnel.goAway('Upgrading.');
      await until(() => far.links.length > gone, 'another link');
    }
    await until(() => far.links.filter(({ tunnel }) => !tunnel.isClosed).length <= 5, 'the ends');
    expect(far.link.tunnel.takesStreams).toBe(true);
    await setup.stop();
  });

  // It went long ago: that it lasts says nothing of the gateways after it.
  it('is dialled no sooner because an earlier link ends', async () => {
    const setup = await Setup.start(ODD);
    const { far, lines } = setup;
    const waits = () => lines.filter((line) => line.includes('Next try in')).length;
    const goes = async () => {
      const before = far.links.length;
      far.link.tunnel.goAway('Upgrading.');
      await until(() => far.links.length > before, 'another link');
    };
    const [first] = far.links;
    await goes();
    const clock = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => clock() + 15_000);
    // The second one lasted, so the third is dialled at once.
    await goes();
    first?.socket.terminate();
    // Its end is heard before what this answers.
    const client = await LegacyClient.open(far, 'odd');
    await client.call('seen', {}, 2);
    await goes();
    expect(waits()).toBe(1);
    await setup.stop();
  });
});
