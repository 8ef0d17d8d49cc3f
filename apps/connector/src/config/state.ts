import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { challengeBytes } from '@holdpoint/tunnel';
import { z } from 'zod';
import { ConnectorError, messageOf } from '../connector.error.ts';

const FILE = 'connector.json';

const publicJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() });

const stateSchema = z.object({
  gateway: z.url(),
  connectorId: z.string().min(1).max(64),
  site: z.string().min(1).max(64),
  name: z.string(),
  privateKey: publicJwk.extend({ d: z.string() }),
});

/** Who this connector is: made once, by `enroll`. */
export type ConnectorState = z.infer<typeof stateSchema>;
export type PublicKey = z.infer<typeof publicJwk>;

/** A key pair of this connector's own. The private half never leaves the state folder. */
export function makeKey(): { publicKey: PublicKey; privateKey: ConnectorState['privateKey'] } {
  const pair = generateKeyPairSync('ed25519');
  return {
    publicKey: publicJwk.parse(pair.publicKey.export({ format: 'jwk' })),
    privateKey: stateSchema.shape.privateKey.parse(pair.privateKey.export({ format: 'jwk' })),
  };
}

/** The answer to a gateway's challenge, base64url. */
export function signChallenge(state: ConnectorState, nonce: string): string {
  const key: KeyObject = createPrivateKey({ key: state.privateKey, format: 'jwk' });
  const { connectorId } = state;
  const origin = new URL(state.gateway).origin;
  return sign(null, challengeBytes({ connectorId, nonce, origin }), key).toString('base64url');
}

/** The folder that is used where neither the command nor the file names one. */
export function defaultStateFolder(env: NodeJS.ProcessEnv): string {
  return (
    env['HOLDPOINT_CONNECTOR_STATE'] ??
    env['STATE_DIRECTORY'] ??
    join(homedir(), '.holdpoint-connector')
  );
}

/** @throws ConnectorError `already_enrolled`, `state_unwritable` */
export function refuseIfEnrolled(folder: string): void {
  const find = () => statSync(join(folder, FILE), { throwIfNoEntry: false });
  if (writable(folder, find) === undefined) return;
  throw new ConnectorError(
    'already_enrolled',
    `${join(folder, FILE)} exists: this connector is enrolled. Use --force to replace its key; the gateway then knows two connectors, and the old one should be revoked there.`,
  );
}

/** A place in the state folder that is known to take a key, before anything is asked of a gateway. */
export interface StatePlace {
  save(state: ConnectorState): void;
  /** Leaves nothing behind. */
  discard(): void;
}

/**
 * Written beside its place first, so that there is never half a key.
 * SECURITY: into a file that it makes itself: one that somebody else has put or linked there, in a folder
 * that others can write to, would be theirs to read.
 *
 * @throws ConnectorError `state_unwritable`
 */
export function prepareState(folder: string): StatePlace {
  const temporary = join(folder, `.${FILE}.${randomUUID()}`);
  const file = writable(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(temporary, 'wx', 0o600);
  });
  return {
    save: (state) =>
      writable(folder, () => {
        try {
          writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`);
          renameSync(temporary, join(folder, FILE));
        } finally {
          closeSync(file);
          // SECURITY: no key stays where nobody looks for one.
          rmSync(temporary, { force: true });
        }
      }),
    discard: () => {
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}

function writable<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new ConnectorError(
      'state_unwritable',
      `The folder for the key, ${folder}, can't be written to: ${messageOf(cause)}. Name another with --state.`,
      { cause },
    );
  }
}

/**
 * @param uid - who this process is, where the system knows such
 * @throws ConnectorError `state_missing`, `state_unreadable`, `state_unsafe`
 */
export function loadState(folder: string, uid = process.getuid?.()): ConnectorState {
  const path = join(folder, FILE);
  const text = readOwn(path, uid);
  if (text === undefined) {
    throw new ConnectorError(
      'state_missing',
      `There is no ${path}: this connector isn't enrolled. Run: holdpoint-connector enroll <gateway> --token <token>`,
    );
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConnectorError(
      'state_missing',
      `${path} can't be used: ${messageOf(cause).slice(0, 200)}. Enroll again with --force.`,
      { cause },
    );
  }
}

/** What is looked at is what is read, whatever is put in its place meanwhile. */
function readOwn(path: string, uid: number | undefined): string | undefined {
  const file = openState(path);
  if (file === undefined) return undefined;
  try {
    if (process.platform !== 'win32') checkOwn(path, fstatSync(file), uid);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function openState(path: string): number | undefined {
  try {
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    return isThere ? openSync(path, 'r') : undefined;
  } catch (cause) {
    throw new ConnectorError(
      'state_unreadable',
      `${path} can't be read: ${messageOf(cause)}. Run the connector as the user who enrolled it, or name another folder with --state.`,
      { cause },
    );
  }
}

/** Whoever reads the key is this connector, and whoever writes the file chooses its gateway. */
function checkOwn(path: string, { mode, uid: owner }: Stats, uid: number | undefined): void {
  if ((mode & 0o077) !== 0) {
    throw new ConnectorError(
      'state_unsafe',
      `${path} can be read by others, so its key may be known to them. If nobody had access, run: chmod 600 ${path}. Else revoke this connector and enroll again.`,
    );
  }
  if (owner !== 0 && uid !== undefined && owner !== uid) {
    throw new ConnectorError(
      'state_unsafe',
      `${path} belongs to another user (${owner}), who decides by it which gateway this connector trusts. Revoke this connector and enroll again, in a folder of its own.`,
    );
  }
}
