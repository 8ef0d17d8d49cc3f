import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { findFreePort } from '../process/free-port.ts';
import {
  processEntry,
  startReportingProcess,
  type ManagedProcess,
} from '../process/managed-process.ts';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

const PORT_ATTEMPTS = 3;

export interface StartPostgresOptions {
  /** The cluster's folder, made when missing. Its password file lies beside it (mode 0600). */
  readonly dataDir: string;
  /** A free port is taken when none is named. */
  readonly port?: number;
  /** Whether what is committed outlives a crash of the machine: yes, unless it is thrown away anyway. */
  readonly durable?: boolean;
  readonly logFile?: string;
  readonly log?: (line: string) => void;
}

/** A real Postgres server on 127.0.0.1, in a process of its own. */
export interface EmbeddedDatabase {
  readonly port: number;
  readonly process: ManagedProcess;
  /** The connection URL of a database as the role that owns it. */
  url(database: string): string;
  /**
   * Makes a database and the role that owns it, when missing. No other role may connect to it.
   * The role is named after the database unless `owner` says otherwise.
   */
  createDatabase(name: string, owner?: string): Promise<void>;
  /** Stops the server, keeping the data. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded Postgres, initialising the cluster on first use. Data survives restarts and
 * fsync stays on, unless it is not to be durable.
 *
 * @throws TestkitError `port_taken`, `data_corrupt`, `folder_read_only` or `start_failed`.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedDatabase> {
  const password = await readOrCreatePassword(options.dataDir);
  const isolation = await chooseIsolation(options.dataDir);
  const { server, port } = await startOnPort(options, password, isolation);
  const owners = new Map<string, string>();

  function url(database: string): string {
    const role = owners.get(database) ?? database;
    return `postgresql://${role}:${rolePassword(password, role)}@127.0.0.1:${port}/${database}`;
  }

  async function createDatabase(name: string, owner = name): Promise<void> {
    owners.set(name, owner);
    const admin = new Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database: 'postgres',
    });
    await admin.connect();
    try {
      await ensureRole(admin, owner, rolePassword(password, owner));
      await ensureDatabase(admin, name, owner);
    } finally {
      await admin.end();
    }
  }

  return { port, process: server, url, createDatabase, stop: () => server.stop() };
}

interface Isolation {
  readonly wrapper: readonly string[];
  readonly runAsPostgresUser: boolean;
}

/**
 * Postgres refuses to run as root. A user namespace in which root appears as an ordinary user works
 * in every folder root can reach; a `postgres` system user only where that user may enter. A cluster
 * that such a user already owns stays with it.
 */
async function chooseIsolation(dataDir: string): Promise<Isolation> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return { wrapper: [], runAsPostgresUser: false };
  const ownerUid = await stat(dataDir).then(
    (found) => found.uid,
    () => 0,
  );
  const wrapper = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
  const [command = '', ...args] = [...wrapper, 'true'];
  const namespacesWork = spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  return ownerUid === 0 && namespacesWork
    ? { wrapper, runAsPostgresUser: false }
    : { wrapper: [], runAsPostgresUser: true };
}

async function startOnPort(
  options: StartPostgresOptions,
  password: string,
  { wrapper, runAsPostgresUser }: Isolation,
) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    try {
      const server = await startReportingProcess({
        name: 'database',
        script: processEntry(import.meta.url, 'postgres.process'),
        wrapper,
        config: {
          dataDir: options.dataDir,
          port,
          password,
          runAsPostgresUser,
          durable: options.durable ?? true,
        },
        ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
        ...(options.log === undefined ? {} : { log: options.log }),
      });
      return { server, port };
    } catch (error) {
      const lostRace = error instanceof TestkitError && error.code === 'port_taken';
      if (!lostRace || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function readOrCreatePassword(dataDir: string): Promise<string> {
  const folder = dirname(dataDir);
  const file = join(folder, 'postgres-password');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, randomBytes(24).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
      throw new TestkitError('folder_read_only', `The folder ${folder} can't be written.`, {
        cause: error,
      });
    }
    if (code !== 'EEXIST') throw error;
  }
  await chmod(file, 0o600);
  return (await readFile(file, 'utf8')).trim();
}

/** One secret file for all roles: each role's password follows from the superuser's. */
function rolePassword(superuserPassword: string, role: string): string {
  return createHmac('sha256', superuserPassword).update(`role:${role}`).digest('base64url');
}

async function ensureRole(admin: Client, role: string, password: string): Promise<void> {
  const found = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (found.rowCount !== 0) return;
  await admin.query(
    `CREATE ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(password)}`,
  );
}

async function ensureDatabase(admin: Client, name: string, owner: string): Promise<void> {
  const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rowCount === 0) {
    await admin.query(`CREATE DATABASE ${escapeIdentifier(name)} OWNER ${escapeIdentifier(owner)}`);
  }
  await admin.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${escapeIdentifier(name)} FROM PUBLIC`);
}
