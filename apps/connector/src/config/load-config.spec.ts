import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../testing/setup.ts';
import { loadConfig, parseConfig } from './load-config.ts';

const FULL = `
state: state
gateway: { ca: ca.pem, proxy: 'http://proxy.example.com:3128' }
credentialSeconds: 60
vault:
  address: https://vault.example.com
  auth: { appRole: { roleId: role, secretId: { file: secret-id } } }
aws: { region: eu-central-1 }
limits: { drainSeconds: 5 }
servers:
  files:
    stdio:
      command: npx
      args: [server-filesystem, /srv/files]
      cwd: work
      env: { TOKEN: { file: token }, MODE: quiet }
      sessions: shared
  orders:
    http:
      url: http://10.0.0.5:8080/mcp
      headers: { authorization: { vault: { path: secret/data/orders, field: token }, prefix: 'Bearer ' } }
`;

describe('the file', () => {
  it('is read with its defaults, and its paths are relative to its folder', () => {
    const { path, remove } = scratch();
    writeFileSync(join(path, 'connector.yaml'), FULL);
    const config = loadConfig(join(path, 'connector.yaml'));
    expect(config).toMatchObject({
      state: join(path, 'state'),
      gateway: { ca: join(path, 'ca.pem') },
      vault: {
        auth: { appRole: { secretId: { file: join(path, 'secret-id') }, mount: 'approle' } },
      },
      limits: { drainSeconds: 5, maxMessageBytes: 16 * 1024 * 1024 },
      servers: {
        files: {
          stdio: {
            cwd: join(path, 'work'),
            env: { TOKEN: { file: join(path, 'token') }, MODE: 'quiet' },
            sessions: 'shared',
            maxSessions: 16,
          },
        },
        orders: { http: { url: 'http://10.0.0.5:8080/mcp', maxConnections: 128 } },
      },
    });
    remove();
  });

  it.each([
    ['no YAML', 'servers: [', /not valid YAML/],
    ['nothing', '', /the whole file\): is empty/],
    ['no servers', 'state: here', /servers: is missing/],
    ['a server without a command', 'servers: { a: { stdio: {} } }', /stdio\.command: is missing/],
    [
      'a number for a text',
      'servers: { a: { stdio: { command: x, args: [1] } } }',
      /args\.0: must be a text/,
    ],
    [
      'a text for a number',
      'limits: { maxStreams: many }\nservers: {}',
      /must be a (whole )?number/,
    ],
    ['tabs', 'servers:\n\ta:\n', /Tabs are not allowed as indentation at line 2/],
    ['a name twice', 'servers:\n  a: {}\n  a: {}\n', /must be unique at line 3/],
    [
      'a proxy that is none',
      'gateway: { proxy: a }\nservers: {}',
      /gateway\.proxy: must be none, or/,
    ],
    ['an unknown key', 'servers: {}\nserver: {}', /Unrecognized key.*server/],
    [
      'a name that no address can hold',
      'servers: { My_Files: { http: { url: "http://a/" } } }',
      /servers\.My_Files: this name must have only a-z/,
    ],
    [
      'both kinds',
      'servers: { a: { stdio: { command: x }, http: { url: "http://a/" } } }',
      /servers\.a: must have exactly one/,
    ],
    ['neither kind', 'servers: { a: {} }', /servers\.a: must have exactly one/],
    [
      'an address that is none',
      'servers: { a: { http: { url: a } } }',
      /servers\.a\.http\.url: must be an address/,
    ],
    [
      'another scheme',
      'servers: { a: { http: { url: "file:///etc" } } }',
      /servers\.a\.http\.url: must be an address/,
    ],
    [
      'a password in an address',
      'servers: { a: { http: { url: "http://u:p@a/" } } }',
      /must not hold a user name/,
    ],
    [
      'a header of the protocol',
      'servers: { a: { http: { url: "http://a/", headers: { Mcp-Name: x } } } }',
      /this name is written by the protocol/,
    ],
    [
      'two sources',
      'servers: { a: { stdio: { command: x, env: { A: { file: a, env: b } } } } }',
      /servers\.a\.stdio\.env\.A: must name exactly one of/,
    ],
    [
      'a path that leaves /v1/',
      'servers: { a: { stdio: { command: x, env: { A: { vault: { path: "a?b", field: c } } } } } }',
      /must be a path as below \/v1\//,
    ],
    [
      'a Vault that is missing',
      'servers: { a: { stdio: { command: x, env: { A: { vault: { path: a, field: b } } } } } }',
      /there is no "vault"/,
    ],
    [
      'many aliases',
      `a: &a [1]\nb: &b [${'*a,'.repeat(30)}]\nc: [${'*b,'.repeat(30)}]`,
      /not valid/,
    ],
  ])('is refused in words with %s', (_name, text, message) => {
    expect(() => parseConfig(text, 'connector.yaml')).toThrow(message);
  });

  it('that isn’t there is asked for by name', () => {
    expect(() => loadConfig('/nowhere/at-all.yaml')).toThrow(/--config/);
  });
});
