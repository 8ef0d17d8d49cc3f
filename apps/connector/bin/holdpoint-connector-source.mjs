// The sources as they are, on a Node that reads TypeScript and with --conditions=holdpoint-source.
import { run } from '../src/cli.ts';

// Whoever started this over a channel is gone, and nobody would stop it any more.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
process.exitCode = await run(process.argv.slice(2));
