import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        resolved: z.string().optional(),
        optionalDependencies: z.record(z.string(), z.string()).default({}),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')));

/** Where Node would look for it, from the inside out. */
function isLocked(name: string, from: string): boolean {
  const places = from
    .split('/node_modules/')
    .map((_part, index, parts) => parts.slice(0, index + 1));
  return [[''], ...places].some((place) => {
    const folder = place.join('/node_modules/');
    return `${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages;
  });
}

describe('the lock file', () => {
  // `npm ci`, and with it `npm start` in a fresh clone, refuses a lock file that lacks one of them.
  it('has an entry for the optional packages of every platform', () => {
    const missing = Object.entries(packages).flatMap(([from, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !isLocked(name, from) && !/wasm32/.test(name),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('carries no registry address', () => {
    const addresses = Object.values(packages).flatMap(({ resolved }) => resolved ?? []);
    expect(addresses.filter((address) => /^[a-z]+:/.test(address))).toEqual([]);
  });
});
