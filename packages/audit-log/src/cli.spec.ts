import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './cli.ts';
import { generateSigningKey, openSigner } from './note-keys.ts';
import type { SampleLog } from './testing/sample-log.ts';
import { checkpointOf, exportOf, sampleLog } from './testing/sample-log.ts';

let folder: string;
let log: SampleLog;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-verify-'));
  log = await sampleLog(await openSigner((await generateSigningKey('log.example')).skey), 9);
  const lines = await exportOf(log);
  await save('good.ndjson', `${lines.join('\n')}\n`);
  await save('edited.ndjson', `${lines.join('\n').replace('entry 4', 'entry X')}\n`);
  await save(
    'escape.ndjson',
    lines.join('\n').replaceAll('"frame-4"', String.raw`"\u001b[2J\u202e"`),
  );
  await save('unsigned.ndjson', lines.toSpliced(1, 1).join('\n'));
  await save('noise.ndjson', Buffer.from([0xff, 0xfe, 0x0a]));
  await save('checkpoint.txt', await checkpointOf(log, 9));
  await save('key.txt', `${log.signer.vkey}\n`);
});

afterAll(() => rm(folder, { recursive: true }));

describe('holdpoint-verify', () => {
  it('exits with 0 for an intact export, and says what is proved', async () => {
    const args = [
      file('good.ndjson'),
      '--checkpoint',
      file('checkpoint.txt'),
      '--vkey',
      file('key.txt'),
    ];
    const { code, out, error } = await call(...args);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('INTACT');
    expect(out).toContain('The 9 entries from 0 to 8 are complete');
    expect(out).not.toContain('Truncation');
  });

  it('says what is open without a checkpoint and a key', async () => {
    const { code, out } = await call(file('good.ndjson'));
    expect(code).toBe(0);
    expect(out).toContain('Truncation');
    expect(out).toContain('A rewritten history');
    expect(out).toContain('--vkey');
  });

  it('takes the key itself, and prints JSON', async () => {
    const { out } = await call(file('good.ndjson'), '--json', '--vkey', log.signer.vkey);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'intact', count: 9, origin: 'log.example' });
  });

  it('exits with 1 for tampering, naming the entry and what to do', async () => {
    const { code, out } = await call(file('edited.ndjson'));
    expect(code).toBe(1);
    expect(out).toContain('TAMPERED');
    expect(out).toContain('[entry_edited entry 4, line');
    expect(out).toContain('Fetch this entry again');
  });

  // Guarantee: an export can't steer the terminal of whoever verifies it.
  it('shows control and direction-changing characters as code points', async () => {
    const { code, out } = await call(file('escape.ndjson'));
    expect(code).toBe(1);
    expect(out).toContain(String.raw`\u{1b}[2J\u{202e}`);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
  });

  const unverified = [
    {
      description: 'an export without a checkpoint',
      args: () => [file('unsigned.ndjson')],
      says: 'NOT VERIFIED',
      on: 'out',
    },
    {
      description: 'a file that is no export',
      args: () => [file('noise.ndjson')],
      says: '[export_unreadable]',
      on: 'error',
    },
    {
      description: 'a missing file',
      args: () => [file('none')],
      says: 'no such file',
      on: 'error',
    },
    { description: 'no file', args: () => [], says: 'give exactly one export', on: 'error' },
    {
      description: 'an unknown option',
      args: () => ['--fast', file('good.ndjson')],
      says: 'Usage',
      on: 'error',
    },
    {
      description: 'a missing checkpoint',
      args: () => [file('good.ndjson'), '--checkpoint', file('none')],
      says: 'no such file',
      on: 'error',
    },
    {
      description: 'a checkpoint that is none',
      args: () => [file('good.ndjson'), '--checkpoint', file('key.txt')],
      says: '[note_malformed]',
      on: 'error',
    },
    {
      description: 'a key that is none',
      args: () => [file('good.ndjson'), '--vkey', 'a+00000000+b'],
      says: '[key_malformed]',
      on: 'error',
    },
  ] as const;
  it.each(unverified)('exits with 2 for $description', async ({ args, says, on }) => {
    const result = await call(...args());
    expect(result.code).toBe(2);
    expect(result[on]).toContain(says);
  });

  it('explains itself', async () => {
    expect(await call('--help')).toMatchObject({ code: 0, error: '' });
  });
});

function file(name: string): string {
  return join(folder, name);
}

function save(name: string, content: string | Uint8Array): Promise<void> {
  return writeFile(file(name), content);
}

async function call(...args: readonly string[]) {
  const written = { out: '', error: '' };
  const code = await run(args, {
    out: (text) => (written.out += text),
    error: (text) => (written.error += text),
  });
  return { code, ...written };
}
