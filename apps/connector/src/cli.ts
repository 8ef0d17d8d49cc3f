import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { check } from './commands/check.ts';
import { enroll } from './commands/enroll.ts';
import { runConnector } from './commands/run.ts';
import { loadConfig } from './config/load-config.ts';
import { defaultStateFolder, loadState } from './config/state.ts';
import { ConnectorError } from './connector.error.ts';

const USAGE = `Usage:
  holdpoint-connector enroll <gateway> --token <token>   becomes a connector of that gateway, once
  holdpoint-connector run                                connects, and serves what the file lists
  holdpoint-connector check                              checks the file; starts and reaches nothing
  holdpoint-connector servers                            lists the servers of the file

Options:
  --config <file>        default: $HOLDPOINT_CONNECTOR_CONFIG, else holdpoint-connector.yaml
  --state <folder>       default: "state" of the file, $HOLDPOINT_CONNECTOR_STATE, $STATE_DIRECTORY,
                         else ~/.holdpoint-connector
  --token <token>        "-" reads it from standard input; default: $HOLDPOINT_ENROLMENT_TOKEN
  --name <name>          how it is called in the console; default: this machine's name
  --ca <file>            enroll: the authority of the gateway's certificate
  --proxy <address>      enroll: instead of HTTPS_PROXY; "none" uses none
  --force                enroll: replace an earlier enrolment
  --allow-plain-http     enroll: accept an address without TLS
  --version, --help`;

const VERSION = versionOf(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Where a command speaks to. */
export interface Io {
  out(text: string): void;
  error(text: string): void;
}

const TERMINAL: Io = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
};

/** @returns the exit code */
export async function run(args: readonly string[], io: Io = TERMINAL): Promise<number> {
  const say: Say = (text, code = 0) => {
    if (code === 0) io.out(`${text}\n`);
    else io.error(`${text}\n`);
    return code;
  };
  try {
    return await dispatch(args, say);
  } catch (error) {
    if (!(error instanceof ConnectorError) && !isUsage(error)) throw error;
    return say(`holdpoint-connector: ${error.message}`, 1);
  }
}

/** Says something, and gives the exit code back: what isn't 0 is said as an error. */
type Say = (text: string, code?: number) => number;

async function dispatch(args: readonly string[], say: Say): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      state: { type: 'string' },
      token: { type: 'string' },
      name: { type: 'string' },
      ca: { type: 'string' },
      proxy: { type: 'string' },
      force: { type: 'boolean', default: false },
      'allow-plain-http': { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, gateway, ...others] = positionals;
  if (values.version) return say(VERSION);
  if (values.help || command === undefined) return say(USAGE, values.help ? 0 : 1);
  if (others.length > 0 || (command !== 'enroll' && gateway !== undefined)) return say(USAGE, 1);
  const file = values.config ?? process.env['HOLDPOINT_CONNECTOR_CONFIG'];
  switch (command) {
    case 'enroll':
      if (gateway === undefined) return say(USAGE, 1);
      return say(
        await enroll({
          gateway,
          token: readToken(values.token),
          name: values.name,
          state: stateFolder(values.state, file),
          version: VERSION,
          force: values.force,
          allowPlainHttp: values['allow-plain-http'],
          ca: values.ca,
          proxy: values.proxy,
        }),
      );
    case 'run': {
      const config = loadConfig(file ?? DEFAULT_FILE);
      const state = loadState(values.state ?? config.state ?? defaultStateFolder(process.env));
      return runConnector({ config, state, version: VERSION });
    }
    case 'check':
      return checkFile(file ?? DEFAULT_FILE, say);
    case 'servers': {
      const { servers } = loadConfig(file ?? DEFAULT_FILE);
      const rows = Object.entries(servers).map(
        ([name, { stdio, http }]) =>
          `${name}\t${stdio === undefined ? 'http' : 'stdio'}\t${stdio?.command ?? http?.url ?? ''}`,
      );
      return say(rows.join('\n'));
    }
    default:
      return say(USAGE, 1);
  }
}

const DEFAULT_FILE = 'holdpoint-connector.yaml';

/** Enrolling needs no file; where one is named, its folder for the key counts. */
function stateFolder(given: string | undefined, file: string | undefined): string {
  const configured = file === undefined ? undefined : loadConfig(file).state;
  return given ?? configured ?? defaultStateFolder(process.env);
}

function readToken(given: string | undefined): string {
  // A token on the command line is seen by everybody who lists processes.
  const token =
    given === '-' ? readFileSync(0, 'utf8') : (given ?? process.env['HOLDPOINT_ENROLMENT_TOKEN']);
  if (token === undefined || token.trim() === '') {
    throw new ConnectorError('usage', 'A token is needed: --token, or HOLDPOINT_ENROLMENT_TOKEN.');
  }
  return token.trim();
}

function checkFile(path: string, say: Say): number {
  const { lines, faults } = check(loadConfig(path), process.env);
  const end = faults === 0 ? `${path} is fine.` : `${path}: ${faults} to be repaired.`;
  return say([...lines, end].join('\n'), faults === 0 ? 0 : 1);
}

function versionOf(manifest: string): string {
  const parsed: unknown = JSON.parse(manifest);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}

/** What `parseArgs` says of options it doesn't know. */
function isUsage(error: unknown): error is { message: string } {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return String(error.code).startsWith('ERR_PARSE_ARGS') && 'message' in error;
}
