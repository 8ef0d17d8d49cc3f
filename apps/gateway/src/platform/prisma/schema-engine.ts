import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { Pool } from 'pg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';

type Engine = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
  __wbg_set_wasm(exports: object): void;
};
interface WasmSource {
  readonly instance: { readonly exports: { __wbindgen_start(): void } };
}
// The DOM's `WebAssembly` types are not part of a Node project's library.
const wasm: { instantiate(bytes: Uint8Array, imports: object): Promise<unknown> } = Reflect.get(
  globalThis,
  'WebAssembly',
);

const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * Prisma's schema engine as WebAssembly: the ordinary migrations folder, and its own
 * `_prisma_migrations` table, without a binary that would have to be downloaded.
 */
async function openEngine(
  databaseUrl: string,
  datamodel?: [string, string],
): Promise<SchemaEngine> {
  const require = createRequire(import.meta.url);
  const glue = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const engine = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as Engine;
  // The package imports its .wasm as an ES module, which Node does not do: instantiate it by hand.
  const bytes = await readFile(glue.replace(/\.js$/, '.wasm'));
  const { instance } = (await wasm.instantiate(bytes, {
    './schema_engine_bg.js': withoutHoldingTimers(engine),
  })) as WasmSource;
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engine.SchemaEngine.new(
    { datamodels: datamodel ? [datamodel] : undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(wholeScripts(databaseUrl)),
  );
}

/** A timer that the engine leaves behind would keep the process alive for seconds after the work. */
function withoutHoldingTimers(engine: object): object {
  return Object.fromEntries(
    Object.entries(engine).map(([name, value]: [string, unknown]) => {
      if (!name.startsWith('__wbg_setTimeout') || typeof value !== 'function') return [name, value];
      const unheld = (...args: readonly unknown[]): unknown => {
        const timer: unknown = Reflect.apply(value, undefined, args);
        if (
          typeof timer === 'object' &&
          timer !== null &&
          'unref' in timer &&
          typeof timer.unref === 'function'
        )
          Reflect.apply(timer.unref, timer, []);
        return timer;
      };
      return [name, unheld];
    }),
  );
}

/** The adapter cuts a script at every `;`, which breaks function bodies; Postgres reads it whole. */
function wholeScripts(databaseUrl: string): PrismaPg {
  const pool = new Pool({ connectionString: databaseUrl, max: 2 });
  const factory = new PrismaPg(pool, { disposeExternalPool: true });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => void (await pool.query(script));
    return adapter;
  };
  return factory;
}

async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const lock = join(folder, 'migration_lock.toml');
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(lock, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(join(folder, name, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}

/** Applies what is missing, in order, and returns the names. Running it twice does nothing. */
export async function applyMigrations(
  databaseUrl: string,
  folder: string,
): Promise<readonly string[]> {
  const engine = await openEngine(databaseUrl);
  const migrationsList = await readMigrations(folder);
  const { appliedMigrationNames } = await engine.applyMigrations({
    migrationsList,
    filters: NO_FILTER,
  });
  return appliedMigrationNames;
}

/** The SQL that leads from one schema (`''` is an empty database) to another, for a new migration. */
export async function diffSchemas(
  databaseUrl: string,
  before: string,
  after: string,
): Promise<string> {
  const file = (content: string) => ({ path: 'schema.prisma', content });
  const engine = await openEngine(databaseUrl, ['schema.prisma', after]);
  const { stdout } = await engine.diff({
    from: before === '' ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [file(before)] },
    to: { tag: 'schemaDatamodel', files: [file(after)] },
    script: true,
    exitCode: null,
    filters: NO_FILTER,
  });
  return stdout ?? '';
}
