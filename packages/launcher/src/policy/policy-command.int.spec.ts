import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../paths.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-policy-'));
  const files: Readonly<Record<string, string>> = {
    'p.yaml':
      'default: allow\nrules:\n  - { id: no-drop, match: { tools: [drop] }, effect: deny }\n',
    'broken.yaml':
      'rules:\n  - { id: a, effect: hodl }\n  - { id: b, when: arg.x, effect: deny }\n',
    'good.jsonl': `${call('read')}\n${call('drop')}\n`,
    'bad.jsonl': `${call('read')}\nnope\n${call('drop')}\n`,
    'p.tests.yaml': `tests:\n  - { description: drops, call: ${call('drop')}, expect: { effect: deny } }\n`,
    'failing.yaml': `tests:\n  - { description: drops, call: ${call('drop')}, expect: { effect: allow } }\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function call(name: string): string {
  const caller = { subject: 'etl', groups: [] };
  return JSON.stringify({ connection: 'prod', method: 'tools/call', params: { name }, caller });
}

/** The command as `npx` finds it, in the folder of the files. */
function holdpoint(args: readonly string[], input = '') {
  const bin = join(ROOT, 'node_modules/.bin/holdpoint');
  const { status, stdout, stderr } = spawnSync(bin, ['policy', ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
  });
  return { status, lines: stdout.split('\n').filter((line) => line !== ''), stderr };
}

describe('holdpoint policy judge', () => {
  it('writes one JSON line a call and nothing else', () => {
    const { status, lines, stderr } = holdpoint(['judge', 'p.yaml', 'good.jsonl']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { effect: 'allow', rules: [], explanation: expect.any(String) },
      { effect: 'deny', rules: ['no-drop'], explanation: 'Denied: rule "no-drop" applies.' },
    ]);
  });

  it('reports a bad line in its place and fails at the end', () => {
    const { status, lines } = holdpoint(['judge', 'p.yaml', 'bad.jsonl']);
    expect(status).toBe(1);
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ error: { code: 'invalid_json' }, line: 2 });
  });

  it('reads calls from standard input', () => {
    expect(holdpoint(['judge', 'p.yaml', '-'], call('drop')).lines).toHaveLength(1);
  });

  it('marks every fault of a bad policy', () => {
    const { status, lines, stderr } = holdpoint(['judge', 'broken.yaml', 'good.jsonl']);
    expect(status).toBe(2);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(/^broken\.yaml:2:22: Expected one of allow, hold, deny/);
  });

  it('ends quietly when its reader has read enough', () => {
    const bin = join(ROOT, 'node_modules/.bin/holdpoint');
    const script = `yes '${call('drop')}' | "$0" policy judge p.yaml - | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script, bin], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });

  it.each([
    ['a missing policy', ['judge', 'none.yaml', 'good.jsonl'], 'There is no file none.yaml.'],
    ['missing calls', ['judge', 'p.yaml', 'none.jsonl'], 'There is no file none.jsonl.'],
    ['a folder of calls', ['judge', 'p.yaml', '.'], "The file . can't be read."],
    ['too few files', ['judge', 'p.yaml'], 'Usage: holdpoint policy judge'],
    ['an unknown command', ['guess', 'p.yaml'], 'Usage: holdpoint policy judge'],
  ])('can’t use %s', (_, args, message) => {
    expect(holdpoint(args)).toMatchObject({
      status: 2,
      lines: [],
      stderr: expect.stringContaining(message),
    });
  });
});

describe('holdpoint policy test', () => {
  it('runs the tests beside the policy', () => {
    expect(holdpoint(['test', 'p.yaml'])).toEqual({
      status: 0,
      lines: ['✓ drops', '1 passed, 0 failed'],
      stderr: '',
    });
  });

  it('says where a failed test is and what differs', () => {
    const { status, lines } = holdpoint(['test', 'p.yaml', 'failing.yaml']);
    expect(status).toBe(1);
    expect(lines).toEqual([
      '✗ drops (failing.yaml:2)',
      '    expected allow, but it is deny',
      '    Denied: rule "no-drop" applies.',
      '0 passed, 1 failed',
    ]);
  });
});
