import { LauncherError } from './launcher.error.ts';

const [command = '', ...args] = process.argv.slice(2);

try {
  process.exitCode = await run(command, args);
} catch (error) {
  console.error(`\n  ✗ ${await explain(error)}\n`);
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
    case 'test-long':
      return (await import('./check.ts')).checkLong();
    case 'bench':
      return (await import('./bench.ts')).bench(rest);
    case 'policy':
      return (await import('./policy/policy-command.ts')).policy(rest);
    default:
      console.error(
        'Usage: holdpoint start [--reset] | demo | test | test-long | check | bench | policy judge|test|diff|apply|export',
      );
      return 1;
  }
}

async function explain(error: unknown): Promise<string> {
  if (error instanceof LauncherError) return error.message;
  // It brings a database and an identity provider with it, which `policy` has no use for.
  const { TestkitError } = await import('@holdpoint/testkit');
  if (error instanceof TestkitError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
