import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyTokenCreatedSchema, type PolicyTokenScope } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';

const COMMAND = fileURLToPath(new URL('../../../../node_modules/.bin/holdpoint', import.meta.url));
const POLICY = `rules:
  # Nobody drops anything here.
  - id: no-drops
    match: { tools: [drop] }
    effect: deny
`;

let gateway: GatewayHttp;
let admin: Browser;
let folder: string;
let tokens: Record<PolicyTokenScope, string>;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  admin = await gateway.signIn('adrian');
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-sync-'));
  tokens = {
    read: await token('read'),
    propose: await token('propose'),
    publish: await token('publish'),
  };
});

afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

async function token(scope: PolicyTokenScope): Promise<string> {
  const input = { title: `ci ${scope}`, scope, days: 1 };
  const response = await admin.send('POST', '/api/policy-tokens', input);
  return policyTokenCreatedSchema.parse(await response.json()).token;
}

/** The command as a pipeline runs it. */
async function holdpoint(args: readonly string[], with_: string | undefined = tokens.publish) {
  const { HOLDPOINT_POLICY_TOKEN: _none, ...rest } = process.env;
  const env = {
    ...rest,
    HOLDPOINT_URL: gateway.publicUrl,
    ...(with_ !== undefined && { HOLDPOINT_POLICY_TOKEN: with_ }),
  };
  const child = spawn(COMMAND, ['policy', ...args], { cwd: folder, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [status] = z.tuple([z.number(), z.unknown()]).parse(await once(child, 'close'));
  return { status, out, err };
}

async function publishInConsole(source: string): Promise<void> {
  const inForce = z
    .object({ version: z.object({ number: z.number() }) })
    .parse(await (await admin.visit('/api/policy')).json());
  const input = { source, base: inForce.version.number, note: 'by hand' };
  const response = await admin.send('POST', '/api/policy/publish', input);
  expect(response.status).toBe(201);
}

const versionInForce = async () => {
  const state = await (await admin.visit('/api/policy')).json();
  return z
    .object({ version: z.object({ number: z.number(), publishedBy: z.string() }).loose() })
    .parse(state).version;
};

describe('a policy kept in Git', () => {
  it('is compared, published and compared again', async () => {
    await writeFile(join(folder, 'p.yaml'), POLICY);
    const differing = await holdpoint(['diff', 'p.yaml'], tokens.read);
    expect(differing).toMatchObject({ status: 1, err: '' });
    expect(differing.out).toContain('+  # Nobody drops anything here.');

    const applied = await holdpoint(['apply', 'p.yaml', '--note', 'first']);
    expect(applied).toMatchObject({ status: 0, err: '' });
    expect(applied.out).toMatch(/^Published as version \d+\.\n$/);
    expect(await versionInForce()).toMatchObject({
      source: POLICY,
      note: 'first',
      publishedBy: 'ci publish (adrian)',
      origin: 'pipeline',
    });

    expect((await holdpoint(['diff', 'p.yaml'], tokens.read)).status).toBe(0);
    const again = await holdpoint(['apply', 'p.yaml']);
    expect(again.out).toMatch(/^Nothing to do/);
  });

  it('keeps its tests with it, and is not sent where one fails', async () => {
    const call = `{ connection: x, method: tools/call, params: { name: drop }, caller: { subject: s, groups: [] } }`;
    const cases = (effect: string) =>
      `tests:\n  - description: drops\n    call: ${call}\n    expect: { effect: ${effect} }\n`;
    await writeFile(join(folder, 't.yaml'), `${POLICY}# tested\n`);
    await writeFile(join(folder, 't.tests.yaml'), cases('allow'));
    const before = await versionInForce();
    const refused = await holdpoint(['apply', 't.yaml']);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.out).toContain('✗ drops (t.tests.yaml:2)');
    expect((await versionInForce()).number).toBe(before.number);

    await writeFile(join(folder, 't.tests.yaml'), cases('deny'));
    expect((await holdpoint(['apply', 't.yaml'])).status).toBe(0);
    expect(await versionInForce()).toMatchObject({ cases: cases('deny') });

    expect((await holdpoint(['export', 'copy.yaml'], tokens.read)).status).toBe(0);
    expect(await readFile(join(folder, 'copy.yaml'), 'utf8')).toBe(`${POLICY}# tested\n`);
    expect(await readFile(join(folder, 'copy.tests.yaml'), 'utf8')).toBe(cases('deny'));
    const twice = await holdpoint(['export', 'copy.yaml'], tokens.read);
    expect(twice).toMatchObject({ status: 2 });
    expect(twice.err).toContain('copy.yaml is there already');
  });

  it('does not take back what was published in the console, unless told to', async () => {
    await publishInConsole(`${POLICY}  - { id: by-hand, effect: hold }\n`);
    await writeFile(join(folder, 'p.yaml'), POLICY);
    const refused = await holdpoint(['apply', 'p.yaml']);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('was published in the console, by adrian');
    expect((await holdpoint(['apply', 'p.yaml', '--overwrite'])).status).toBe(0);
    expect(await versionInForce()).toMatchObject({ source: POLICY });
  });

  it('is proposed by a token that may do no more, and by one that wants to', async () => {
    const before = await versionInForce();
    await writeFile(join(folder, 'p.yaml'), `${POLICY}# proposed\n`);
    for (const run of [
      await holdpoint(['apply', 'p.yaml'], tokens.propose),
      await holdpoint(['apply', 'p.yaml', '--propose']),
    ]) {
      expect(run).toMatchObject({ status: 0, err: '' });
      expect(run.out).toContain(`${gateway.publicUrl}/policies/proposals/`);
    }
    expect((await versionInForce()).number).toBe(before.number);
  });

  it.each<[string, readonly string[], () => string | undefined, RegExp]>([
    ['no token', ['diff', 'p.yaml'], () => undefined, /HOLDPOINT_POLICY_TOKEN is not set/],
    ['a wrong token', ['diff', 'p.yaml'], () => 'hpp_wrong', /needs a policy token/],
    ['a token that may only read', ['apply', 'p.yaml'], () => tokens.read, /may only read/],
    ['a policy with faults', ['apply', 'bad.yaml'], () => tokens.publish, /bad\.yaml:1:/],
    ['no file', ['apply'], () => tokens.publish, /Usage/],
    ['an unknown option', ['diff', 'p.yaml', '--force'], () => tokens.read, /--force/],
    [
      'no gateway',
      ['diff', 'p.yaml', '--server', 'http://127.0.0.1:9'],
      () => tokens.read,
      /could not be reached/,
    ],
  ])('says what is wrong: %s', async (_description, args, with_, message) => {
    await writeFile(join(folder, 'bad.yaml'), 'rules: [{}]\n');
    const { HOLDPOINT_POLICY_TOKEN } = process.env;
    expect(HOLDPOINT_POLICY_TOKEN).toBeUndefined();
    const child = await holdpoint(args, with_() ?? '');
    expect(child.status).toBe(2);
    expect(child.err).toMatch(message);
    expect(child.out).toBe('');
  });

  it('is not overtaken unseen: a version published meanwhile is a conflict', async () => {
    const base = (await versionInForce()).number - 1;
    const response = await fetch(`${gateway.publicUrl}/api/policy-sync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.publish}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source: 'rules: []\n', base, note: 'late' }),
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: 'stale_version' } });
  });
});
