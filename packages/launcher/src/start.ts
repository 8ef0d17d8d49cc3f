import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refuseProduction, startStack, unexpectedExit, type Stack } from '@holdpoint/testkit';
import { ensureBuilt } from './build.ts';
import { closingBlock } from './closing-block.ts';
import { LauncherError } from './launcher.error.ts';
import { homeFolder } from './paths.ts';

const DEFAULT_PORT = 4600;

/** `npm start`: builds when needed, brings the stack up, and stays until it is told to stop. */
export async function start(args: readonly string[]): Promise<number> {
  refuseProduction();
  const { reset } = parseOptions(args);
  const home = homeFolder();
  const port = readPort(process.env['HOLDPOINT_PORT']);
  const stopping = stopSignal();
  const clock = stepClock();
  console.log('');
  try {
    const built = await ensureBuilt(stopping.signal, () =>
      console.log('  … Building the gateway and the console'),
    );
    clock(built ? 'Built' : 'Build is up to date');
    const stack = await startStack({
      home,
      port,
      reset,
      files: true,
      signal: stopping.signal,
      onStep: clock,
    });
    console.log(closingBlock(stack.started));
    return await stay(stack, stopping, join(home, 'logs'));
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    console.log('  ✓ Stopped');
    return 0;
  }
}

async function stay(stack: Stack, stopping: AbortController, logs: string): Promise<number> {
  const stopped = new Promise<'stopped'>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    if (stopping.signal.aborted) resolve('stopped');
  });
  const end = await Promise.race([stopped, stack.firstDeath]);
  if (end !== 'stopped') {
    console.error(
      `\n  ✗ ${unexpectedExit(end).message}\n    Everything else is stopped too; logs are in ${logs}.`,
    );
  }
  console.log('\n  … Stopping');
  await stack.stop();
  console.log('  ✓ Stopped');
  return end === 'stopped' ? 0 : 1;
}

function parseOptions(args: readonly string[]): { reset: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { reset: { type: 'boolean', default: false } },
    });
    return values;
  } catch (cause) {
    throw new LauncherError('bad_option', 'The only option of `npm start` is `-- --reset`.', {
      cause,
    });
  }
}

/** The port people open. */
export function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new LauncherError('bad_option', `HOLDPOINT_PORT must be a port number, not "${text}".`);
}

/** Aborts on Ctrl-C, on SIGTERM, and when the process that started us is gone. */
function stopSignal(): AbortController {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('stopped'));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('disconnect', stop);
  return controller;
}

function stepClock(): (step: string) => void {
  let last = Date.now();
  return (step) => {
    const now = Date.now();
    const seconds = (now - last) / 1_000;
    last = now;
    console.log(`  ✓ ${step}${seconds >= 1 ? ` (${seconds.toFixed(1)} s)` : ''}`);
  };
}
