import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { AuditLogError } from './audit-log-error.ts';
import { reportText } from './report-text.ts';
import { splitLines } from './split-lines.ts';
import type { VerifyReport } from './verify-report.ts';
import { verifyExport } from './verify-export.ts';

/** Where the command writes to. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const usage = `Usage: holdpoint-verify <export> [--checkpoint FILE]... [--vkey KEY|FILE] [--json]

Checks an export of the audit log. Needs no network, no database and no account.

  --checkpoint FILE  a checkpoint that you kept outside the log; may be given more than once.
                     Without one, truncation and a rewritten history are not excluded.
  --vkey KEY|FILE    the log's verifier key, as you know it from elsewhere
  --json             the report as JSON

Exit code: 0 intact, 1 tampering found, 2 not verified (unreadable, incomplete or wrong usage)
`;

const exitCodes: Readonly<Record<VerifyReport['verdict'], number>> = {
  intact: 0,
  tampered: 1,
  unverified: 2,
};

/** Runs the command and returns its exit code. */
export async function run(args: readonly string[], output: Output): Promise<number> {
  try {
    const command = parseCommand(args);
    switch (command.kind) {
      case 'help':
        output.out(usage);
        return 0;
      case 'misused':
        output.error(`holdpoint-verify: ${command.reason}\n\n${usage}`);
        return 2;
      case 'verify':
        return await verify(command, output);
      default:
        return command satisfies never;
    }
  } catch (error) {
    output.error(`holdpoint-verify: ${explain(error)}\n`);
    return 2;
  }
}

type Command = VerifyCommand | { kind: 'help' } | { kind: 'misused'; reason: string };

interface VerifyCommand {
  readonly kind: 'verify';
  readonly file: string;
  readonly checkpoints: readonly string[];
  readonly vkey: string | undefined;
  readonly json: boolean;
}

function parseCommand(args: readonly string[]): Command {
  const { values, positionals, unknown } = readArguments(args);
  const [file, ...others] = positionals;
  if (unknown !== undefined) return { kind: 'misused', reason: unknown };
  if (values.help === true) return { kind: 'help' };
  if (file === undefined || others.length > 0) {
    return { kind: 'misused', reason: 'give exactly one export' };
  }
  return {
    kind: 'verify',
    file,
    checkpoints: values.checkpoint ?? [],
    vkey: values.vkey,
    json: values.json === true,
  };
}

function readArguments(args: readonly string[]) {
  const config = {
    args: [...args],
    allowPositionals: true,
    options: {
      checkpoint: { type: 'string', multiple: true },
      vkey: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  } as const satisfies ParseArgsConfig;
  try {
    return { ...parseArgs(config), unknown: undefined };
  } catch (error) {
    const none = parseArgs({ ...config, args: [] });
    return { ...none, unknown: error instanceof Error ? error.message : String(error) };
  }
}

async function verify(command: VerifyCommand, output: Output): Promise<number> {
  const report = await verifyFile(command);
  output.out(command.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return exitCodes[report.verdict];
}

async function verifyFile({ file, checkpoints, vkey }: VerifyCommand): Promise<VerifyReport> {
  const notes = checkpoints.map((path) => readFileSync(path, 'utf8'));
  return verifyExport(splitLines(createReadStream(file)), {
    checkpoint: notes,
    ...(vkey === undefined ? {} : { vkey: readKey(vkey) }),
    // Synchronous: WebCrypto costs a thread hop for each of millions of small hashes.
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  });
}

/** A key is told from a path by its form: no path ends in `+hash+base64` by accident. */
function readKey(keyOrPath: string): string {
  const isKey = /\+[0-9a-f]{8}\+/.test(keyOrPath);
  return isKey ? keyOrPath : readFileSync(keyOrPath, 'utf8').trim();
}

function explain(error: unknown): string {
  if (error instanceof AuditLogError) return `${error.message} [${error.code}]`;
  return error instanceof Error ? error.message : String(error);
}
