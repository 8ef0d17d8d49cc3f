import { ensureBuilt } from './build.ts';
import { LauncherError } from './launcher.error.ts';

/** `npm run bench`: measures what is built, so it builds first where the sources are newer. */
export async function bench(args: readonly string[]): Promise<number> {
  const { bench: run, BenchError, needsStage, readOptions } = await import('@holdpoint/bench');
  try {
    const options = readOptions(args);
    if (options.parts.some(needsStage)) {
      await ensureBuilt(new AbortController().signal, () =>
        console.log('  … Building the gateway and the console'),
      );
    }
    return await run(options);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    throw new LauncherError('bench_failed', error.message, { cause: error });
  }
}
