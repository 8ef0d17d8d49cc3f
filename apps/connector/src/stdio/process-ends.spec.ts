// Guarantees that no program which a connector has started outlives it, however it ends.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { FarEnd } from '../testing/far-end.ts';
import { ConnectorProcess } from '../testing/connector-process.ts';
import { LegacyClient, ODD_SERVER } from '../testing/legacy-client.ts';
import { isAlive, NODE, Setup, until } from '../testing/setup.ts';

const stubborn = (stopSeconds: number) => ({
  stdio: { command: NODE, args: [ODD_SERVER, '--stubborn'], stopSeconds },
});

/** A program that ignores a polite end, and one that it has started itself. */
async function family(client: LegacyClient): Promise<number[]> {
  const { pid, grandchild } = await client.call('grandchild');
  return [Number(pid), Number(grandchild)];
}

/** The guards among a process's children. */
function guardsOf(pid: number): number[] {
  return processes().flatMap(([child, parent, args]) =>
    parent === pid && args.includes('guard.process') ? [child] : [],
  );
}

type Process = [pid: number, parent: number, args: string];

/** Linux tells by files, and not every machine has `ps`; others have it. */
function processes(): Process[] {
  if (existsSync('/proc/self/stat')) {
    return readdirSync('/proc').flatMap((name): Process[] => {
      try {
        const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').match(/\) \w (\d+)/) ?? [];
        return [[Number(name), Number(parent), readFileSync(`/proc/${name}/cmdline`, 'utf8')]];
      } catch {
        return [];
      }
    });
  }
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').map((line): Process => {
    const [, child, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return [Number(child), Number(parent), args];
  });
}

describe('a connector that ends', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)(
    'by %s leaves nothing behind',
    async (signal) => {
      const far = await FarEnd.start();
      const connector = new ConnectorProcess({
        servers: { odd: stubborn(1) },
        limits: { drainSeconds: 1 },
      });
      await connector.enrolAndRun(far);
      const clients = [await LegacyClient.open(far, 'odd'), await LegacyClient.open(far, 'odd')];
      const pids = (await Promise.all(clients.map(family))).flat();
      // One call is under way: a stop waits for it only so long.
      clients[0]?.start('hang');
      expect(pids.map(isAlive)).toEqual([true, true, true, true]);
      connector.kill(signal);
      await until(() => connector.hasEnded, 'the connector has ended');
      await until(() => !pids.some(isAlive), 'nothing is left');
      if (signal === 'SIGTERM') expect(connector.exitCode).toBe(0);
      await far.close();
      connector.removeFolder();
    },
  );

  it('leaves nothing behind even if its guard was killed before', async () => {
    const far = await FarEnd.start();
    const connector = new ConnectorProcess({ servers: { odd: stubborn(1) } });
    await connector.enrolAndRun(far);
    const pids = await family(await LegacyClient.open(far, 'odd'));
    const [guard = 0] = guardsOf(connector.pid);
    process.kill(guard, 'SIGKILL');
    await until(() => guardsOf(connector.pid).some((pid) => pid !== guard), 'another guard');
    connector.kill('SIGKILL');
    await until(() => !pids.some(isAlive), 'nothing is left');
    await far.close();
    connector.removeFolder();
  });

  it('because it was revoked leaves nothing behind, and says so by its exit code', async () => {
    const far = await FarEnd.start();
    const connector = new ConnectorProcess({ servers: { odd: stubborn(0) } });
    await connector.enrolAndRun(far);
    const pids = await family(await LegacyClient.open(far, 'odd'));
    far.refusal = { code: 'revoked', message: 'Revoked.' };
    far.link.socket.terminate();
    await until(() => connector.hasEnded, 'the connector has ended');
    expect(connector.exitCode).toBe(78);
    expect(connector.output).toContain('Enroll again');
    await until(() => !pids.some(isAlive), 'nothing is left');
    await far.close();
    connector.removeFolder();
  });
});

describe('a server', () => {
  it('that dies takes what it started with it', async () => {
    const setup = await Setup.start({ odd: stubborn(1) });
    const client = await LegacyClient.open(setup.far, 'odd');
    const [pid = 0, grandchild = 0] = await family(client);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(grandchild), 'the grandchild is gone');
    await setup.stop();
  });

  it('that ignores everything is killed when its session ends', async () => {
    const setup = await Setup.start({ odd: stubborn(0.2) });
    const client = await LegacyClient.open(setup.far, 'odd');
    const pids = await family(client);
    await client.end();
    await until(() => !pids.some(isAlive), 'both are gone');
    await setup.stop();
  });
});
