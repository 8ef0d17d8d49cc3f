import { ensureBuilt } from './build.ts';
import { LauncherError } from './launcher.error.ts';

/** `npm run bench`: measures what is built, so it builds first where the sources are newer. */
export async function bench(args: readonly string[]): Promise<number> {
  await ensureBuilt(new AbortController().signal, () =>
    console.log('  … Building the gateway and the console'),
  );
  const { bench: run, BenchError } = await import('@holdpoint/bench');
  return run(args).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error;
    throw new LauncherError('bench_failed', error.message, { cause: error });
  });
}
