import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from './bytes.ts';
import { leafHash } from './entry.ts';
import { generateSigningKey, openSigner } from './note-keys.ts';
import type { SampleLog } from './testing/sample-log.ts';
import { checkpointOf, exportOf, sampleLog, sha256 } from './testing/sample-log.ts';
import type { VerifyOptions } from './verify-export.ts';
import { verifyExport } from './verify-export.ts';
import type { VerifyReport } from './verify-report.ts';

const size = 20;
let log: SampleLog;
/** The same key, another past: what whoever holds the key could sign. */
let rewritten: SampleLog;
let otherKeyLog: SampleLog;

beforeAll(async () => {
  const signer = await openSigner((await generateSigningKey('log.example')).skey);
  const otherSigner = await openSigner((await generateSigningKey('log.example')).skey);
  log = await sampleLog(signer, size);
  rewritten = await sampleLog(signer, size, (at) =>
    at === 4 ? 'nothing happened' : `entry ${at}`,
  );
  otherKeyLog = await sampleLog(otherSigner, size);
});

describe('an untouched export', () => {
  it('of the whole log is intact, and says what it does not exclude', async () => {
    const report = await verify(await exportOf(log));
    expect(report).toMatchObject({ verdict: 'intact', findings: [], approvals: 7 });
    expect(report.frames).toEqual({ verified: size, absent: 0 });
    expect(openCodes(report)).toEqual([
      'truncation',
      'rewritten_history',
      'untrusted_key',
      'never_recorded',
    ]);
  });

  it('with key and checkpoint from outside excludes all that can be excluded', async () => {
    const options = { vkey: log.signer.vkey, checkpoint: await checkpointOf(log, size) };
    expect(openCodes(await verify(await exportOf(log), options))).toEqual(['never_recorded']);
  });

  it('needs no key beside a checkpoint from outside, which vouches for it', async () => {
    const report = await verify(await exportOf(log), { checkpoint: await checkpointOf(log, size) });
    expect(openCodes(report)).toEqual(['never_recorded']);
  });

  it('with an older checkpoint says which entries it does not reach', async () => {
    const report = await verify(await exportOf(log), { checkpoint: await checkpointOf(log, 12) });
    expect(report.verdict).toBe('intact');
    expect(openCodes(report)).toContain('entries_after_checkpoint');
  });

  // Guarantee: no false alarm, whatever span is exported and whatever checkpoint is at hand.
  it('of any span agrees with every checkpoint of its log', async () => {
    const bounds = fc.tuple(fc.nat({ max: size }), fc.nat({ max: size }), fc.nat({ max: size }));
    await fc.assert(
      fc.asyncProperty(bounds, fc.nat({ max: size }), async (unsorted, kept) => {
        const [start = 0, end = 0, treeSize = 0] = unsorted.toSorted((a, b) => a - b);
        const lines = await exportOf(log, { start, end, size: treeSize, consistency: [kept] });
        const report = await verify(lines, { checkpoint: await checkpointOf(log, kept) });
        expect(report.findings).toEqual([]);
        expect(report.root).toBe(await rootInNote(log, treeSize));
      }),
      { numRuns: 150 },
    );
  });

  it('whose payloads are past retention still proves its history', async () => {
    const lines = (await exportOf(log)).filter((line) => !line.startsWith('{"t":"frame"'));
    const report = await verify(editLine(lines, '"frames":20', '"frames":0'));
    expect(report.verdict).toBe('intact');
    expect(codes(report)).toEqual(['frame_missing']);
    expect(openCodes(report)).toContain('absent_payloads');
  });
});

interface TamperCase {
  readonly description: string;
  readonly tamper: (lines: string[]) => string[] | Promise<string[]>;
  readonly options?: () => Promise<VerifyOptions>;
  readonly found: readonly string[];
  readonly position?: number;
}

const keptCheckpoint = async () => ({ checkpoint: await checkpointOf(log, size) });

const tamperCases: readonly TamperCase[] = [
  {
    description: 'an edited entry, and points at it alone',
    tamper: (lines) => editLine(lines, 'entry 4', 'entry X'),
    found: ['entry_edited'],
    position: 4,
  },
  {
    description: 'an edited entry whose hash was made to fit',
    tamper: (lines) => rehash(editLine(lines, 'entry 4', 'entry X')),
    found: ['checkpoint_mismatch'],
    position: 0,
  },
  {
    description: 'a removed entry',
    tamper: (lines) => lines.filter((line) => !isLeaf(line, 4) && !line.includes('"frame-4"')),
    found: ['truncated', 'entry_removed'],
  },
  {
    description: 'a removed entry whose followers moved up',
    tamper: (lines) => withLeaves(lines, (leaves) => leaves.filter((_, at) => at !== 4)),
    found: ['frame_unreferenced', 'truncated', 'approvals_changed'],
  },
  {
    description: 'two lines that changed places',
    tamper: (lines) => swap(lines, leafLine(lines, 4), leafLine(lines, 5)),
    found: ['frame_unreferenced', 'entry_reordered'],
  },
  {
    description: 'two entries that changed places with their positions made to fit',
    tamper: (lines) => withLeaves(lines, ([a, b, ...rest]) => [b, a, ...rest]),
    found: ['frame_unreferenced', 'checkpoint_mismatch', 'approvals_changed'],
  },
  {
    description: 'a repeated line',
    tamper: (lines) => lines.toSpliced(leafLine(lines, 5), 0, lines[leafLine(lines, 4)] ?? ''),
    found: ['entry_duplicated', 'truncated'],
  },
  {
    description: 'a file cut between lines',
    tamper: (lines) => lines.slice(0, -6),
    found: ['truncated'],
  },
  {
    description: 'a file cut within a line',
    tamper: (lines) => [...lines.slice(0, 10), (lines[10] ?? '').slice(0, 40)],
    found: ['line_unreadable', 'truncated'],
  },
  {
    description: 'a file without its end',
    tamper: (lines) => lines.slice(0, -1),
    found: ['truncated'],
  },
  {
    description: 'lines after the end',
    tamper: (lines) => [...lines, lines.at(-1) ?? ''],
    found: ['line_unreadable'],
  },
  {
    description: 'the last entry gone with every number made to fit',
    tamper: (lines) => [
      ...editLine(lines, '"count":20,"treeSize":20', '"count":19,"treeSize":19').filter(
        (line) =>
          !isLeaf(line, 19) && !line.includes('"frame-19"') && !line.startsWith('{"t":"end"'),
      ),
      '{"t":"end","leaves":19,"frames":19}',
    ],
    found: ['truncated', 'checkpoint_missing'],
  },
  {
    description: 'an honest but shorter log, against a checkpoint kept outside',
    tamper: () => exportOf(log, { size: 15 }),
    options: keptCheckpoint,
    found: ['truncated'],
    position: 15,
  },
  {
    description: 'a rewritten and freshly signed log, against a checkpoint kept outside',
    tamper: () => exportOf(rewritten),
    options: keptCheckpoint,
    found: ['inconsistent_history'],
  },
  {
    description: 'a rewritten log, against an older checkpoint kept outside',
    tamper: () => exportOf(rewritten),
    options: async () => ({ checkpoint: await checkpointOf(log, 8) }),
    found: ['inconsistent_history'],
  },
  {
    description: 'a log signed by another key, given the real one',
    tamper: () => exportOf(otherKeyLog),
    options: async () => ({ vkey: log.signer.vkey }),
    found: ['key_mismatch', 'checkpoint_signature_invalid', 'checkpoint_missing'],
  },
  {
    description: 'a log signed by another key, given only a checkpoint of the real one',
    tamper: () => exportOf(otherKeyLog),
    options: keptCheckpoint,
    found: ['checkpoint_signature_invalid'],
  },
  {
    description: 'a checkpoint swapped for one of another history',
    tamper: async (lines) => lines.with(1, (await exportOf(rewritten))[1] ?? ''),
    found: ['checkpoint_mismatch'],
  },
  {
    description: 'a checkpoint with an edited root',
    tamper: (lines) =>
      editLine(lines, String.raw`log.example\n20\n`, String.raw`log.example\n20\nA`),
    found: ['checkpoint_signature_invalid', 'checkpoint_missing'],
  },
  {
    description: 'a changed frame',
    tamper: (lines) => replaceBytes(lines, 4),
    found: ['frame_changed'],
    position: 4,
  },
  {
    description: 'a frame with a byte moved into its salt',
    tamper: (lines) => moveIntoSalt(lines, 4),
    found: ['frame_changed'],
    position: 4,
  },
  {
    description: 'frames that changed places',
    tamper: (lines) =>
      lines.map((line) =>
        line.startsWith('{"t":"frame"')
          ? line.replace(/"frame-([45])"/, (_, id) => `"frame-${9 - Number(id)}"`)
          : line,
      ),
    found: ['frame_unreferenced', 'frame_changed'],
  },
  {
    description: 'a removed frame',
    tamper: (lines) => lines.filter((line) => !line.startsWith('{"t":"frame","id":"frame-4"')),
    found: ['truncated'],
  },
  {
    description: 'an edited list of approvals',
    tamper: (lines) => editLine(lines, 'rita,2026', 'mallory,2026'),
    found: ['approvals_changed'],
  },
  {
    description: 'a removed list of approvals',
    tamper: (lines) => lines.filter((line) => !line.startsWith('{"t":"approvals-csv"')),
    found: ['approvals_changed'],
  },
  {
    description: 'an unknown line',
    tamper: (lines) => lines.toSpliced(3, 0, '{"t":"remark"}'),
    found: ['line_unreadable'],
  },
  {
    description: 'a lone surrogate spelled into an entry',
    tamper: (lines) => editLine(lines, 'entry 4', String.raw`entry \ud800`),
    found: ['entry_edited', 'frame_unreferenced'],
    position: 4,
  },
];

// Guarantee: no change of an export goes unseen that a checkpoint can show.
describe('tampering', () => {
  it.each(tamperCases)('is seen: $description', async ({ tamper, options, found, position }) => {
    const report = await verify(await tamper(await exportOf(log)), await options?.());
    expect(report).toMatchObject({ verdict: 'tampered', proved: [] });
    expect(codes(report)).toEqual(found);
    if (position !== undefined) expect(report.findings[0]).toMatchObject({ position });
  });

  it('is narrowed down by checkpoints on the way', async () => {
    const lines = await exportOf(log, { checkpoints: [5, 10, 15, 20] });
    const report = await verify(await rehash(editLine(lines, 'entry 11', 'entry X')));
    expect(report.findings).toMatchObject([{ code: 'checkpoint_mismatch', position: 10 }]);
  });

  it('of any single byte after the header never passes as intact', async () => {
    const text = (await exportOf(log, { start: 5, end: 8 })).join('\n');
    const body = text.indexOf('\n') + 1;
    const place = fc.integer({ min: body, max: text.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom('0', 'a', '"', ' ', '}'), async (at, character) => {
        fc.pre(text[at] !== character);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        const report = await verify(changed.split('\n'));
        expect({ at, verdict: report.verdict }).not.toEqual({ at, verdict: 'intact' });
      }),
      { numRuns: 400 },
    );
  });
});

describe('what can not be checked', () => {
  it('is an export without its checkpoint', async () => {
    const report = await verify((await exportOf(log)).toSpliced(1, 1));
    expect(report).toMatchObject({ verdict: 'unverified', proved: [] });
    expect(codes(report)).toEqual(['checkpoint_missing']);
  });

  it('is a checkpoint that no proof leads to', async () => {
    const lines = await exportOf(log, { start: 10, end: 12 });
    const report = await verify(lines, { checkpoint: await checkpointOf(log, 3) });
    expect(report.verdict).toBe('unverified');
    expect(codes(report)).toEqual(['checkpoint_not_covered']);
  });

  it.each([
    { description: 'no lines', lines: [] },
    { description: 'something else', lines: ['{"hello":1}'] },
    { description: 'a later version', lines: ['{"format":"holdpoint-export","version":2}'] },
    {
      description: 'half a header',
      lines: ['{"format":"holdpoint-export","version":1,"origin":"x"}'],
    },
  ])('is $description', async ({ lines }) => {
    await expect(verify(lines)).rejects.toMatchObject({ code: 'export_unreadable' });
  });

  it('is a given checkpoint that is none', async () => {
    const lines = await exportOf(log);
    await expect(verify(lines, { checkpoint: 'hello' })).rejects.toMatchObject({
      code: 'note_malformed',
    });
  });
});

describe('the writer', () => {
  it('refuses entries that are not the announced run', async () => {
    const gappy = { ...log, entries: log.entries.toSpliced(3, 1) };
    await expect(exportOf(gappy)).rejects.toMatchObject({ code: 'export_input_invalid' });
    await expect(exportOf({ ...log, entries: log.entries.slice(1) })).rejects.toMatchObject({
      code: 'export_input_invalid',
    });
    await expect(exportOf({ ...log, entries: log.entries.slice(0, -1) })).rejects.toMatchObject({
      code: 'export_input_invalid',
    });
  });
});

function verify(lines: readonly string[], options: VerifyOptions = {}): Promise<VerifyReport> {
  return verifyExport(lines, { sha256, ...options });
}

/** Codes as they were found, repetitions in a row once; absent payloads only where nothing else is wrong. */
function codes({ findings, verdict }: VerifyReport): string[] {
  return findings
    .filter(({ severity }) => severity !== 'note' || verdict !== 'tampered')
    .map(({ code }) => code)
    .filter((code, at, all) => code !== all[at - 1]);
}

function openCodes({ notExcluded }: VerifyReport): string[] {
  return notExcluded.map(({ code }) => code);
}

async function rootInNote(of: SampleLog, at: number): Promise<string> {
  return toHex(Buffer.from((await checkpointOf(of, at)).split('\n')[2] ?? '', 'base64'));
}

function editLine(lines: readonly string[], from: string, to: string): string[] {
  const at = lines.findIndex((line) => line.includes(from));
  return lines.with(at, (lines[at] ?? '').replace(from, to));
}

function isLeaf(line: string, position: number): boolean {
  return line.startsWith(`{"t":"leaf","position":${position},`);
}

function leafLine(lines: readonly string[], position: number): number {
  return lines.findIndex((line) => isLeaf(line, position));
}

function swap(lines: readonly string[], a: number, b: number): string[] {
  return lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
}

interface Leaf {
  readonly t: string;
  readonly position: number;
  readonly hash: string;
  readonly content: string;
}

/** Changes the leaf lines as a list and renumbers them, as a careful forger would. */
function withLeaves(
  lines: readonly string[],
  change: (leaves: (Leaf | undefined)[]) => (Leaf | undefined)[],
): string[] {
  const isAnyLeaf = (line: string) => line.startsWith('{"t":"leaf"');
  const changed = change(lines.filter(isAnyLeaf).map(readLeaf));
  let next = 0;
  return lines.flatMap((line) => {
    if (!isAnyLeaf(line)) return [line];
    const position = next++;
    const leaf = changed[position];
    return leaf === undefined ? [] : [JSON.stringify({ ...leaf, position })];
  });
}

async function rehash(lines: readonly string[]): Promise<string[]> {
  return Promise.all(
    lines.map(async (line) => {
      if (!line.startsWith('{"t":"leaf"')) return line;
      const leaf = readLeaf(line);
      return JSON.stringify({ ...leaf, hash: toHex(await leafHash(leaf.content, sha256)) });
    }),
  );
}

function readLeaf(line: string): Leaf {
  return JSON.parse(line) as Leaf; // written by the test itself
}

function editFrame(
  lines: readonly string[],
  position: number,
  edit: (salt: Buffer, bytes: Buffer) => [Buffer, Buffer],
): string[] {
  return lines.map((line) => {
    const [, id, salt = '', bytes = ''] =
      /^\{"t":"frame","id":"(.*?)","salt":"(.*?)","bytes":"(.*?)"\}$/.exec(line) ?? [];
    if (id !== `frame-${position}`) return line;
    const [newSalt, newBytes] = edit(Buffer.from(salt, 'base64'), Buffer.from(bytes, 'base64'));
    return JSON.stringify({
      t: 'frame',
      id,
      salt: newSalt.toString('base64'),
      bytes: newBytes.toString('base64'),
    });
  });
}

function replaceBytes(lines: readonly string[], position: number): string[] {
  return editFrame(lines, position, (salt) => [salt, Buffer.from('{}')]);
}

function moveIntoSalt(lines: readonly string[], position: number): string[] {
  return editFrame(lines, position, (salt, bytes) => [
    Buffer.concat([salt, bytes.subarray(0, 1)]),
    bytes.subarray(1),
  ]);
}
