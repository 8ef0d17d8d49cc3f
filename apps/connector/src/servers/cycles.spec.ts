// Guarantees that nothing is left of exchanges, sessions and processes when they are over.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LegacyClient, ODD_SERVER, watch } from '../testing/legacy-client.ts';
import { isAlive, NODE, Setup, until } from '../testing/setup.ts';

const CYCLES = 1000;
const cancel = { code: 'cancelled', sent: true, message: '' } as const;

describe(`${CYCLES} exchanges, ended in every way`, () => {
  it('leave no stream, listener, socket, session or process', async () => {
    const web = createServer((_request, response) => void response.end('{}'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    const odd = { command: NODE, args: [ODD_SERVER], stopSeconds: 1 };
    const setup = await Setup.start({
      web: { http: { url } },
      own: { stdio: { ...odd, maxSessions: 4 } },
      shared: { stdio: { ...odd, sessions: 'shared' } },
    });
    const { far } = setup;
    const sessions = [
      await LegacyClient.open(far, 'shared'),
      await LegacyClient.open(far, 'shared'),
    ];
    const listeners = () => process.listenerCount('exit') + process.listenerCount('SIGTERM');
    const before = listeners();

    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const session = sessions[cycle % 2];
      const head = { server: 'web', method: 'POST' as const, headers: {} };
      if (cycle % 5 === 0) await far.exchange(head, '{}');
      else if (cycle % 5 === 1) watch(far, head, '{}').stream?.reset(cancel);
      else if (cycle % 5 === 2) await session?.call('line', {}, cycle);
      else if (cycle % 5 === 3) session?.start('hang', {}, cycle).stream?.reset(cancel);
      else session?.listen().stream?.reset(cancel);
    }
    const pids: number[] = [];
    for (let cycle = 0; cycle < 20; cycle += 1) {
      const client = await LegacyClient.open(far, 'own');
      pids.push(Number((await client.call('env'))['pid']));
      if (cycle % 2 === 0) await client.end();
    }

    const status = () => setup.connector.status();
    await until(() => status().openStreams === 0, 'no exchange is open');
    await until(() => far.link.tunnel.openStreams === 0, 'no stream is open');
    await until(() => pids.filter(isAlive).length <= 4, 'only sessions have processes');
    expect(status().servers.map(({ name, processes }) => [name, processes])).toEqual([
      ['web', 0],
      ['own', 4],
      ['shared', 1],
    ]);
    // Every place in the tunnel is free again: none is held by a reset that nobody answered.
    let room = 0;
    for (; far.link.tunnel.takesStreams; room += 1)
      watch(far, { server: 'web', method: 'GET', headers: {} });
    expect(room).toBe(1024);
    expect(listeners()).toBe(before);
    await setup.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    web.closeAllConnections();
    web.close();
  });
});
