import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        resolved: z.string().optional(),
        hasInstallScript: z.boolean().default(false),
        os: z.array(z.string()).default(['linux', 'darwin']),
        cpu: z.array(z.string()).default(['x64', 'arm64']),
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

  it('has no install script of Linux or macOS that package.json neither allows nor refuses', () => {
    const { allowScripts } = z
      .object({ allowScripts: z.record(z.string(), z.boolean()) })
      .parse(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')));
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .filter(([, { os }]) => os.includes('linux') || os.includes('darwin'))
      .filter(([, { cpu }]) => cpu.includes('x64') || cpu.includes('arm64'));
    const names = withScript.map(([path]) => path.split('node_modules/').at(-1) ?? '');
    expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
  });

  it('carries no registry address', () => {
    const addresses = Object.values(packages).flatMap(({ resolved }) => resolved ?? []);
    expect(addresses.filter((address) => /^[a-z]+:/.test(address))).toEqual([]);
  });
});
