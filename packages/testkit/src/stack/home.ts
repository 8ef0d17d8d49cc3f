import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';
import { DEMO_AGENT_IDS, DEMO_EMAILS } from './demo-directory.ts';
import { lockHome } from './home-lock.ts';
import { makePassphrase } from './passphrase.ts';

const MARKER = '.holdpoint-home';

const secretsSchema = z.object({
  /** 32 bytes in base64: the envelope key. */
  masterKey: z.string(),
  consoleClientSecret: z.string(),
  upstreamToken: z.string(),
  passwords: z.record(z.string(), z.string()),
  agentSecrets: z.record(z.string(), z.string()),
});
type Secrets = z.infer<typeof secretsSchema>;

/** The folder that holds everything one stack keeps. */
export interface Home {
  readonly path: string;
  /** Goes into cookie names; follows from the path. */
  readonly instance: string;
  readonly secrets: Secrets;
  readonly dataDir: string;
  readonly checkpointDir: string;
  readonly startedFile: string;
  readonly portsFile: string;
  logFile(name: string): string;
  unlock(): Promise<void>;
}

/**
 * Opens a home, making it when missing, and locks it.
 *
 * @throws TestkitError `folder_read_only`, `folder_not_ours`, `already_running`
 */
export async function openHome(folder: string, options: { reset?: boolean } = {}): Promise<Home> {
  const path = resolve(folder);
  return explainingFolderErrors(path, async () => {
    await prepareFolder(path);
    const unlock = await lockHome(join(path, 'lock'), path);
    try {
      if (options.reset === true) await wipe(path);
      const secrets = await readOrCreateSecrets(join(path, 'secrets.json'));
      return {
        path,
        instance: createHash('sha256').update(path).digest('hex').slice(0, 8),
        secrets,
        dataDir: join(path, 'postgres'),
        checkpointDir: join(path, 'checkpoints'),
        startedFile: join(path, 'started.json'),
        portsFile: join(path, 'ports.json'),
        logFile: (name) => join(path, 'logs', `${name}.log`),
        unlock,
      };
    } catch (error) {
      await unlock();
      throw error;
    }
  });
}

/** Only a folder that is empty or carries our marker is ever written to, or wiped. */
async function prepareFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const names = await readdir(path);
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new TestkitError(
      'folder_not_ours',
      `The folder ${path} holds something else; set HOLDPOINT_HOME to an empty one.`,
    );
  }
  await chmod(path, 0o700);
  await writeFile(join(path, MARKER), 'The data of one Holdpoint stack.\n', { mode: 0o600 });
}

/** Everything but the marker and the lock we hold. */
async function wipe(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name !== MARKER && name !== 'lock') {
      await rm(join(path, name), { recursive: true, force: true });
    }
  }
}

async function readOrCreateSecrets(file: string): Promise<Secrets> {
  const stored = await readJson(file);
  if (stored !== undefined) {
    const parsed = secretsSchema.safeParse(stored);
    if (parsed.success) return parsed.data;
    throw new TestkitError('data_corrupt', `The file ${file} is damaged.`, {
      cause: parsed.error,
    });
  }
  const secrets: Secrets = {
    masterKey: randomBytes(32).toString('base64'),
    consoleClientSecret: randomBytes(32).toString('base64url'),
    upstreamToken: randomBytes(32).toString('base64url'),
    passwords: Object.fromEntries(DEMO_EMAILS.map((email) => [email, makePassphrase()])),
    agentSecrets: Object.fromEntries(
      DEMO_AGENT_IDS.map((id) => [id, randomBytes(24).toString('base64url')]),
    ),
  };
  await writePrivateJson(file, secrets);
  return secrets;
}

/** A JSON file's content; `undefined` when there is none. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) {
      throw new TestkitError('data_corrupt', `The file ${file} is damaged.`, { cause: error });
    }
    throw error;
  }
}

/** Writes a file that only its owner may read. */
export async function writePrivateJson(file: string, content: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

async function explainingFolderErrors<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
      throw new TestkitError('folder_read_only', `The folder ${path} can't be written.`, { cause });
    }
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      const isFile = await stat(path).then(
        (found) => !found.isDirectory(),
        () => true,
      );
      if (isFile) {
        throw new TestkitError('folder_not_ours', `${path} is not a folder.`, { cause });
      }
    }
    throw cause;
  }
}
