import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that hold what a build or a run leaves behind. */
const PRODUCED = new Set([
  'node_modules',
  'dist',
  '.next',
  '.turbo',
  'generated',
  'coverage',
  'test-results',
]);

/**
 * A digest of everything a build reads: names and contents below the given paths, without tests and
 * without what builds produce. Equal digests mean that the last build is still good.
 */
export async function contentStamp(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) await add(hash, root, path);
  return hash.digest('hex');
}

async function add(hash: Hash, root: string, path: string): Promise<void> {
  const full = join(root, path);
  const entries = await readdir(full, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    const content = await readFile(full).catch(() => undefined);
    // The length keeps a file's end apart from the next one's name.
    if (content !== undefined) hash.update(`${path}\0${content.length}\0`).update(content);
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isBuildInput(entry.name)) await add(hash, root, join(path, entry.name));
  }
}

function isBuildInput(name: string): boolean {
  return (
    !PRODUCED.has(name) &&
    !/\.spec\.tsx?$/.test(name) &&
    !name.endsWith('.tsbuildinfo') &&
    name !== 'next-env.d.ts'
  );
}
