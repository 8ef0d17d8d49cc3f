import { TestkitError } from '@holdpoint/testkit';
import { LauncherError } from './launcher.error.ts';

const [command = '', ...args] = process.argv.slice(2);

try {
  process.exitCode = await run(command, args);
} catch (error) {
  const expected = error instanceof TestkitError || error instanceof LauncherError;
  console.error(`\n  ✗ ${expected ? error.message : describe(error)}\n`);
  process.exitCode = 1;
} finally {
  // The channel to the bin script would keep this process alive.
  if (process.connected) process.disconnect();
}

async function run(name: string, rest: readonly string[]): Promise<number> {
  switch (name) {
    case 'start':
      return (await import('./start.ts')).start(rest);
    case 'demo':
      return (await import('./demo.ts')).demo();
    case 'test':
    case 'check':
      return (await import('./check.ts')).check();
    default:
      console.error('Usage: holdpoint start [--reset] | demo | test | check');
      return 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
