// A stdio server that does what a test asks for, the bad things too. Method names are the commands.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

interface Incoming {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly bytes?: number; readonly _meta?: unknown };
  readonly result?: unknown;
}

const seen: string[] = [];
const asked = new Map<string, unknown>();
const late: unknown[] = [];

const write = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const answer = (id: unknown, result: unknown) => write({ jsonrpc: '2.0', id, result });

const broken = (id: unknown) =>
  process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)}}\n`);

if (process.argv.includes('--dies')) process.exit(3);
// One that has to be killed.
if (process.argv.includes('--stubborn')) process.on('SIGTERM', () => undefined);

const COMMANDS: Readonly<Record<string, (message: Incoming, line: string) => void>> = {
  initialize: ({ id }) => {
    if (process.argv.includes('--mumbles')) return broken(id);
    const greet = () =>
      answer(id, {
        protocolVersion: '2025-11-25',
        capabilities: {},
        serverInfo: { name: `odd ${process.pid}`, version: '1' },
      });
    if (process.argv.includes('--slow')) setTimeout(greet, 1500);
    else greet();
  },
  line: ({ id }, line) => answer(id, { line }),
  seen: ({ id }) => answer(id, { seen }),
  env: ({ id }) => answer(id, { env: process.env, cwd: process.cwd(), pid: process.pid }),
  garbage: ({ id }) => {
    process.stdout.write('Listening on port 3000!\n[1,2]\n{"half":\n\n\u0000\u001b[2J\n');
    answer(id, { survived: true });
  },
  mumble: ({ id }) => {
    process.stdout.write(`${'.'.repeat(190)}${process.env['SECRET'] ?? ''}\n`);
    answer(id, {});
  },
  broken: ({ id }) => broken(id),
  long: ({ id, params }) => {
    process.stdout.write(`${'x'.repeat(params?.bytes ?? 0)}\n`);
    answer(id, { survived: true });
  },
  large: ({ id, params }) => answer(id, { text: 'y'.repeat(params?.bytes ?? 0) }),
  die: () => process.exit(3),
  hang: () => undefined,
  /** Answers after so many milliseconds. */
  soon: ({ id, params }) => void setTimeout(answer, params?.bytes ?? 0, id, { soon: true }),
  later: ({ id }) => void late.push(id),
  now: ({ id }) => {
    for (const one of late.splice(0)) answer(one, { late: true });
    answer(id, {});
  },
  progress: ({ id, params }) => {
    const token = tokenOf(params?._meta);
    for (const progress of [1, 2]) {
      write({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress },
      });
    }
    answer(id, { token });
  },
  ask: ({ id }) => {
    asked.set('from-server', id);
    write({ jsonrpc: '2.0', id: 'from-server', method: 'roots/list' });
  },
  say: ({ id, params }) => {
    write({
      jsonrpc: '2.0',
      method: params?.name ?? 'notifications/message',
      params: { uri: 'a:b' },
    });
    answer(id, {});
  },
  /** Asks for answers as long as its questions, and reads none of them before the last one is written. */
  pester: ({ id, params }) => {
    input.pause();
    const question = 'q'.repeat(1024 * 1024);
    const many = Array.from({ length: params?.bytes ?? 0 }, (_, index) => `${question}${index}`);
    const lines = many.map((one) => JSON.stringify({ jsonrpc: '2.0', id: one, method: 'ping' }));
    process.stdout.write(`${lines.join('\n')}\n`, () => {
      input.resume();
      setTimeout(
        () => answer(id, { got: seen.filter((line) => line.includes('"q')).length }),
        3000,
      );
    });
  },
  stderr: ({ id, params }) => {
    process.stderr.write(`${params?.name ?? 'a line'}\n`);
    answer(id, {});
  },
  grandchild: ({ id }) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    answer(id, { pid: process.pid, grandchild: child.pid });
  },
};

function tokenOf(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'progressToken' in meta
    ? meta.progressToken
    : undefined;
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  seen.push(line.slice(0, 1000));
  const message: Incoming = JSON.parse(line);
  if (message.method !== undefined) return COMMANDS[message.method]?.(message, line);
  const asker = asked.get(String(message.id));
  if (asker === undefined) return;
  asked.delete(String(message.id));
  answer(asker, { reply: message });
});
// Only a signal or the end of its input ends it.
if (process.argv.includes('--stubborn')) setInterval(() => undefined, 1000);
