import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentStamp } from './content-stamp.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdpoint-stamp-'));
  await mkdir(join(root, 'app/dist'), { recursive: true });
  await writeFile(join(root, 'app/a.ts'), 'one');
});

afterEach(() => rm(root, { recursive: true, force: true }));

it.each([
  ['changes with a source', 'app/a.ts', false],
  ['changes with a new file', 'app/b.ts', false],
  ['ignores what a build produces', 'app/dist/a.js', true],
  ['ignores tests', 'app/a.spec.ts', true],
])('%s', async (_description, file, same) => {
  const before = await contentStamp(root, ['app', 'missing.json']);
  await writeFile(join(root, file), 'two');
  const after = await contentStamp(root, ['app', 'missing.json']);
  expect(after === before).toBe(same);
});
