// Guarantees that credentials come from where the file says, that the requests to Vault and AWS have
// the shapes that those publish, and that no failure and no log line repeats a value. Vault and AWS
// are stood for by small doubles that check what they are sent.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { configSchema } from '../config/config.ts';
import { scratch } from '../testing/setup.ts';
import { Credentials } from './credentials.ts';
import { Secrets } from './secrets.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const asked: Asked[] = [];
let answer: (asked: Asked) => [status: number, body: unknown];
let double: Server;
let address: string;
const folder = scratch();

beforeAll(async () => {
  double = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const one = { method: request.method, url: request.url, headers: request.headers, body };
      asked.push(one);
      const [status, content] = answer(one);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => double.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(double.address() as AddressInfo).port}`;
});

afterAll(() => {
  double.closeAllConnections();
  double.close();
  folder.remove();
});

beforeEach(() => (asked.length = 0));

function open(config: object, env: NodeJS.ProcessEnv = {}) {
  const secrets = new Secrets();
  const parsed = configSchema.parse({ servers: {}, gateway: { proxy: 'none' }, ...config });
  return { secrets, credentials: new Credentials(parsed, secrets, env) };
}

const path = (name: string, content: string) => {
  const file = join(folder.path, name);
  writeFileSync(file, content);
  return file;
};

describe('values of this machine', () => {
  it('come from text, files and variables, with a prefix where one is given', async () => {
    const { credentials, secrets } = open({}, { TOKEN: 'from-env' });
    const values = {
      a: 'as it is',
      b: { file: path('b', 'from-file\n') },
      c: { env: 'TOKEN', prefix: 'Bearer ' },
    };
    expect(await credentials.resolveAll(values)).toEqual({
      a: 'as it is',
      b: 'from-file',
      c: 'Bearer from-env',
    });
    expect(secrets.redact('x from-file y from-env z')).toBe('x [secret] y [secret] z');
  });

  it('are read anew each time: a rotated file needs no restart', async () => {
    const { credentials } = open({});
    const file = path('rotated', 'old');
    await credentials.resolveAll({ a: { file } });
    writeFileSync(file, 'new');
    expect(await credentials.resolveAll({ a: { file } })).toEqual({ a: 'new' });
  });

  it.each([
    ['a missing file', { file: '/nowhere/at-all' }, /a: the file \/nowhere\/at-all/],
    ['an empty file', { file: path('empty', '\n') }, /a: the file .*empty is empty/],
    ['a variable that is not set', { env: 'NOT_SET' }, /a: the variable NOT_SET is not set/],
  ])('fail by name where they can’t be read: %s', async (_name, value, message) => {
    const { credentials } = open({});
    await expect(credentials.resolveAll({ a: value })).rejects.toThrow(message);
  });
});

describe('Vault', () => {
  const vault = (auth: object) => ({ vault: { address, auth, namespace: 'team' } });
  const v2 = { vault: { path: 'secret/data/app', field: 'password' } };
  const token = { token: { env: 'VAULT_TOKEN' } };
  const env = { VAULT_TOKEN: 'the-token', SECRET_ID: 'the-secret-id' };
  const kv2 = { data: { data: { password: 'from-vault' }, metadata: { version: 3 } } };

  it.each([
    ['version 2', kv2],
    ['version 1', { data: { password: 'from-vault' } }],
  ])('is read as KV %s', async (_name, content) => {
    answer = () => [200, content];
    const { credentials } = open(vault(token), env);
    expect(await credentials.resolveAll({ a: v2 })).toEqual({ a: 'from-vault' });
    expect(asked).toMatchObject([
      {
        method: 'GET',
        url: '/v1/secret/data/app',
        headers: {
          'x-vault-token': 'the-token',
          'x-vault-request': 'true',
          'x-vault-namespace': 'team',
        },
      },
    ]);
    credentials.close();
  });

  it.each([
    [
      'AppRole',
      { appRole: { roleId: 'role', secretId: { env: 'SECRET_ID' } } },
      '/v1/auth/approle/login',
      { role_id: 'role', secret_id: 'the-secret-id' },
    ],
    [
      'Kubernetes',
      { kubernetes: { role: 'reader', mount: 'k8s', tokenFile: path('jwt', 'the-jwt\n') } },
      '/v1/auth/k8s/login',
      { role: 'reader', jwt: 'the-jwt' },
    ],
  ])('is logged in to by %s, once for as long as that lasts', async (_name, auth, url, body) => {
    answer = (one) =>
      one.method === 'POST'
        ? [200, { auth: { client_token: 'by-login', lease_duration: 3600 } }]
        : [200, { data: { data: { [one.url ?? '']: 'x', password: 'from-vault' }, metadata: {} } }];
    const { credentials, secrets } = open(vault(auth), env);
    const other = { vault: { path: 'secret/data/other', field: 'password' } };
    await credentials.resolveAll({ a: v2 });
    await credentials.resolveAll({ b: other });
    expect(asked.map((one) => one.url)).toEqual([
      url,
      '/v1/secret/data/app',
      '/v1/secret/data/other',
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual(body);
    expect(asked[1]?.headers['x-vault-token']).toBe('by-login');
    expect(secrets.redact('by-login')).toBe('[secret]');
    credentials.close();
  });

  it('is asked once by many at the same time, and again only when that is old', async () => {
    answer = () => [200, kv2];
    const { credentials } = open(vault(token), env);
    await Promise.all([credentials.resolveAll({ a: v2 }), credentials.resolveAll({ b: v2 })]);
    await credentials.resolveAll({ c: v2 });
    expect(asked).toHaveLength(1);
    const impatient = open({ ...vault(token), credentialSeconds: 1 }, env);
    await impatient.credentials.resolveAll({ a: v2 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await impatient.credentials.resolveAll({ a: v2 });
    expect(asked).toHaveLength(3);
    credentials.close();
    impatient.credentials.close();
  });

  it.each([
    ['forbids', 403, { errors: ['permission denied'] }, /HTTP 403 .*may not read/],
    ['has nothing there', 404, { errors: [] }, /HTTP 404 .*KV v2/],
    ['is sealed', 503, { errors: ['sealed'] }, /HTTP 503/],
    ['lacks the field', 200, { data: { other: 'x' } }, /no text password/],
  ])('fails in words where it %s', async (_name, status, content, message) => {
    answer = () => [status, content];
    const { credentials } = open(vault(token), env);
    await expect(credentials.resolveAll({ a: v2 })).rejects.toThrow(message);
    credentials.close();
  });
});

describe('AWS Secrets Manager', () => {
  const login = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'aws-key' };
  const before = { ...process.env };
  beforeAll(() => Object.assign(process.env, login));
  afterAll(() => {
    process.env = before;
  });
  const aws = () => ({ aws: { region: 'eu-central-1', endpoint: address } });
  const secret = { awsSecretsManager: { secretId: 'app/db', field: 'password' } };

  it('is asked by a signed request, and a member of a JSON secret is taken', async () => {
    answer = () => [200, { Name: 'app/db', SecretString: '{"password":"from-aws"}' }];
    const { credentials } = open(aws());
    expect(await credentials.resolveAll({ a: secret })).toEqual({ a: 'from-aws' });
    expect(asked).toMatchObject([
      {
        method: 'POST',
        url: '/',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'secretsmanager.GetSecretValue',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/secretsmanager\/aws4_request, SignedHeaders=[\w;-]*host[\w;-]*, Signature=[0-9a-f]{64}$/,
          ),
        },
      },
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ SecretId: 'app/db' });
    credentials.close();
  });

  it('gives a whole text where no member is named', async () => {
    answer = () => [200, { SecretString: 'whole' }];
    const { credentials } = open(aws());
    const whole = { awsSecretsManager: { secretId: 'app/db' } };
    expect(await credentials.resolveAll({ a: whole })).toEqual({ a: 'whole' });
    credentials.close();
  });

  it.each([
    [
      'refuses',
      400,
      { __type: 'AccessDeniedException', message: 'no' },
      /refused app\/db \(AccessDeniedException\)/,
    ],
    ['lacks the member', 200, { SecretString: '{"other":"hidden-value"}' }, /no text password/],
    ['holds no JSON', 200, { SecretString: 'hidden-value' }, /not a JSON object/],
  ])('fails in words where it %s', async (_name, status, content, message) => {
    answer = () => [status, content];
    const { credentials } = open(aws());
    const failure: unknown = await credentials.resolveAll({ a: secret }).catch((e: unknown) => e);
    expect(String(failure)).toMatch(message);
    expect(String(failure)).not.toContain('hidden-value');
    credentials.close();
  });
});
