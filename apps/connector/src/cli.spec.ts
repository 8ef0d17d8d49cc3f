// The command as an operator types it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { run } from './cli.ts';
import { FarEnd } from './testing/far-end.ts';
import { NODE, scratch } from './testing/setup.ts';

const SERVERS = { servers: { files: { stdio: { command: NODE } } } };

/** The command in this process, in a folder of its own. */
class Command {
  readonly folder: string;
  readonly removeFolder: () => void;
  output = '';

  constructor(config: object) {
    const { path, remove } = scratch();
    this.folder = path;
    this.removeFolder = remove;
    writeFileSync(join(path, 'c.yaml'), stringify({ state: 'state', ...config }));
  }

  run(...words: (string | undefined)[]): Promise<number> {
    this.output = '';
    const add = (text: string) => void (this.output += text);
    const [command, ...args] = words.filter((word) => word !== undefined);
    const given = command === undefined ? [] : [command, '--config', join(this.folder, 'c.yaml')];
    return run([...given, ...args], { out: add, error: add });
  }
}

let far: FarEnd;
let command: Command;
beforeEach(async () => {
  far = await FarEnd.start();
  command = new Command(SERVERS);
});
afterEach(async () => {
  await far.close();
  command.removeFolder();
});

const stateFile = () => join(command.folder, 'state/connector.json');

describe('enroll', () => {
  it('makes a key that only its owner reads, and is refused a second time', async () => {
    const args = ['enroll', far.origin, '--token', 'good', '--name', 'here'];
    expect([await command.run(...args), command.output]).toEqual([
      0,
      expect.stringContaining('Enrolled as "here"'),
    ]);
    expect(statSync(stateFile()).mode & 0o777).toBe(0o600);
    const { privateKey } = JSON.parse(readFileSync(stateFile(), 'utf8'));
    expect(command.output).not.toContain(privateKey.d);

    expect(await command.run(...args)).toBe(1);
    expect(command.output).toContain('--force');
    expect(await command.run(...args, '--force')).toBe(0);
    expect(JSON.parse(readFileSync(stateFile(), 'utf8')).privateKey.d).not.toBe(privateKey.d);
  });

  it.each([
    ['a token that is no good', () => [far.origin, '--token', 'bad'], 'used or too old'],
    ['no token', () => [far.origin], 'A token is needed'],
    ['nobody there', () => ['http://127.0.0.1:1', '--token', 'good'], "The token wasn't used"],
    ['no address', () => ['nowhere', '--token', 'good'], 'is no address'],
    ['no TLS', () => ['http://gateway.example.com', '--token', 'good'], 'not encrypted'],
  ])('says what is wrong with %s, and leaves no key', async (_name, args, message) => {
    expect(await command.run('enroll', ...args())).toBe(1);
    expect(command.output).toContain(message);
    expect(command.output).not.toContain('\u001b');
    expect(existsSync(stateFile())).toBe(false);
  });
});

describe('an enrolment that could not be kept', () => {
  // Guarantee: a token works once, so it is not used where its key would be lost.
  it.each([
    ['a folder that is a file', 'c.yaml', "can't be written to"],
    ['a folder below a file', 'c.yaml/state', "can't be written to"],
  ])('is not asked for: %s', async (_name, folder, message) => {
    const state = join(command.folder, folder);
    expect(await command.run('enroll', far.origin, '--token', 'good', '--state', state)).toBe(1);
    expect(command.output).toContain(message);
    expect(far.enrolled).toBe(0);
  });

  it('leaves nothing in the folder', async () => {
    expect(await command.run('enroll', far.origin, '--token', 'bad')).toBe(1);
    expect(readdirSync(join(command.folder, 'state'))).toEqual([]);
  });

  it('because its authority can’t be read says so', async () => {
    const args = ['--token', 'good', '--ca', '/nowhere/ca.pem'];
    expect(await command.run('enroll', far.origin, ...args)).toBe(1);
    expect(command.output).toContain("--ca: /nowhere/ca.pem can't be read");
    expect(far.enrolled).toBe(0);
  });

  it('because a proxy wants a login says whose refusal it is', async () => {
    const proxy = createServer();
    proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 Login\r\n\r\n'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const args = ['--token', 'good', '--proxy', `http://127.0.0.1:${port}`];
    expect(await command.run('enroll', far.origin, ...args)).toBe(1);
    expect(command.output).toContain("HTTP 407: the proxy wants a login. The token wasn't used.");
    proxy.close();
  });

  it('says so if it can’t know whether the token was used', async () => {
    far.hangsUp = true;
    expect(await command.run('enroll', far.origin, '--token', 'good')).toBe(1);
    expect(command.output).toContain('The token may have been used all the same');
  });
});

describe('run', () => {
  it.each([
    [
      'a server',
      'servers.a.http.ca',
      { servers: { a: { http: { url: 'https://a/', ca: 'no' } } } },
    ],
    [
      'Vault',
      'vault.ca',
      {
        ...SERVERS,
        vault: { address: 'https://a', ca: 'no', auth: { token: { env: 'TOKEN' } } },
      },
    ],
  ])('names an authority that can’t be read, of %s', async (_name, key, config) => {
    const broken = new Command(config);
    await broken.run('enroll', far.origin, '--token', 'good');
    expect(await broken.run('run')).toBe(1);
    expect(broken.output).toContain(`${key}: ${join(broken.folder, 'no')} can't be read`);
    broken.removeFolder();
  });

  it('needs an enrolment', async () => {
    expect(await command.run('run')).toBe(1);
    expect(command.output).toContain('holdpoint-connector enroll');
  });

  it('refuses a key that others can read', async () => {
    await command.run('enroll', far.origin, '--token', 'good');
    chmodSync(stateFile(), 0o640);
    expect(await command.run('run')).toBe(1);
    expect(command.output).toContain('can be read by others');
  });
});

describe('check and servers', () => {
  it('lists what is served, and finds what is missing without starting it', async () => {
    expect([await command.run('check'), command.output]).toEqual([
      0,
      expect.stringContaining('is fine'),
    ]);
    expect(await command.run('servers')).toBe(0);
    expect(command.output).toBe(`files\tstdio\t${NODE}\n`);

    const broken = new Command({
      servers: {
        a: { stdio: { command: 'no-such-program', env: { TOKEN: { env: 'NOT_SET' } } } },
        b: { http: { url: 'http://a/', headers: { 'x-key': { file: 'missing' } } } },
      },
      gateway: { ca: 'gateway.pem' },
      vault: {
        address: 'https://a',
        ca: 'vault.pem',
        auth: { appRole: { roleId: { env: 'NO_ROLE' }, secretId: { file: 'secret-id' } } },
      },
    });
    expect(await broken.run('check')).toBe(1);
    for (const part of [
      'no-such-program',
      'NOT_SET',
      "missing can't be read",
      "gateway.pem can't be read",
      "vault.pem can't be read",
      'NO_ROLE',
      "secret-id can't be read",
      '7 to be repaired',
    ]) {
      expect(broken.output).toContain(part);
    }
    broken.removeFolder();
  });

  it.each([['nonsense'], ['run', 'extra'], ['--unknown'], []])(
    'explain themselves: %s',
    async (...args) => {
      expect(await command.run(...args)).toBe(1);
      expect(command.output).toMatch(/Usage:|Unknown option/);
    },
  );
});

describe('the program', () => {
  it('runs in a clone', () => {
    const program = fileURLToPath(new URL('../bin/holdpoint-connector.mjs', import.meta.url));
    const { stdout, status } = spawnSync(NODE, [program, '--version'], { encoding: 'utf8' });
    expect([stdout.trim(), status]).toEqual(['0.1.0', 0]);
  });
});
