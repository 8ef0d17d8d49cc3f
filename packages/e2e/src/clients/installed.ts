import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).default({}),
});

/** A package as it is installed here. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** The script behind one of its commands. */
  command(name: string): string;
}

/** The package that a resolved file belongs to. Some let nobody resolve their `package.json`. */
export function installed(resolved: string): Installed {
  for (let folder = dirname(fileURLToPath(resolved)); ; folder = dirname(folder)) {
    const found = packageSchema.safeParse(readPackageFile(folder)).data;
    if (found !== undefined) return describe(folder, found);
    if (folder === dirname(folder)) throw new Error(`${resolved} belongs to no package.`);
  }
}

function describe(folder: string, { name, version, bin }: z.infer<typeof packageSchema>) {
  return {
    name,
    version,
    command(command: string) {
      const script = typeof bin === 'string' ? bin : bin[command];
      if (script === undefined) throw new Error(`${name} has no command ${command}.`);
      return join(folder, script);
    },
  };
}

function readPackageFile(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
