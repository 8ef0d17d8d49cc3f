// Guarantees that a connection which the network has swallowed, so that no end is ever told, is noticed
// at both ends, is replaced, and leaves no call waiting for ever.
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { loadState } from '../config/state.ts';
import { configSchema } from '../config/config.ts';
import { Connector } from '../connector.ts';
import { FarEnd } from '../testing/far-end.ts';
import { LegacyClient, ODD_SERVER } from '../testing/legacy-client.ts';
import { enrolAt, NODE, scratch, until } from '../testing/setup.ts';

/** Passes bytes on until it is frozen; what is connected afterwards passes again. */
class Network {
  readonly #pairs: [Socket, Socket][] = [];
  readonly server = createServer((client) => {
    const target = connect(this.port, '127.0.0.1');
    this.#pairs.push([client, target]);
    for (const socket of [client, target]) socket.on('error', () => undefined);
    client.pipe(target).pipe(client);
  });

  constructor(private readonly port: number) {}

  freeze(): void {
    for (const [client, target] of this.#pairs) {
      client.unpipe(target).pause();
      target.unpipe(client).pause();
    }
  }

  close(): void {
    for (const socket of this.#pairs.flat()) socket.destroy();
    this.server.close();
  }
}

it('a swallowed connection', async () => {
  const far = await FarEnd.start();
  const network = new Network(far.port);
  await new Promise<void>((resolve) => network.server.listen(0, '127.0.0.1', resolve));
  const { port } = network.server.address() as AddressInfo;
  // The signature is for the address that it dials.
  const gateway = `http://127.0.0.1:${port}`;
  far.expectedOrigin = gateway;
  const { path, remove } = scratch();
  await enrolAt(far, path);
  const connector = new Connector({
    config: configSchema.parse({
      servers: { odd: { stdio: { command: NODE, args: [ODD_SERVER] } } },
      gateway: { proxy: 'none' },
    }),
    state: { ...loadState(path), gateway },
    version: '0.1.0',
    env: process.env,
    write: () => undefined,
  });
  connector.start({ revoked: () => undefined });
  await until(() => far.isLinked, 'the link');
  const first = far.link;
  const client = await LegacyClient.open(far, 'odd');
  const call = client.start('hang');
  await until(
    async () => JSON.stringify(await client.call('seen', {}, 2)).includes('hang'),
    'a call',
  );

  network.freeze();
  await until(
    () => first.tunnel.isClosed && call.reset !== undefined,
    'the gateway notices',
    90_000,
  );
  expect(call.reset).toMatchObject({ code: 'tunnel_closed', sent: true });
  expect(far.ends).toContain('peer_silent');
  await until(() => far.isLinked, 'the connector notices, and dials again', 90_000);
  // The session is the process's, not the connection's.
  expect(JSON.stringify(await client.call('seen', {}, 3))).toContain('notifications/cancelled');

  await connector.stop();
  network.close();
  await far.close();
  remove();
}, 240_000);
