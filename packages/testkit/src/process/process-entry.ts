import { z } from 'zod';
import { TestkitError } from '../testkit.error.ts';

const startMessage = z.object({ type: z.literal('start'), config: z.unknown() });

/** What a process entry hands back once it serves. */
export interface RunningEntry {
  readonly details?: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/**
 * The body of a process entry: receives its configuration over IPC, reports `ready` or `failed`,
 * and on SIGTERM or SIGINT stops in order.
 */
export function runProcessEntry<Config>(
  schema: z.ZodType<Config>,
  start: (config: Config) => Promise<RunningEntry>,
): void {
  // The orphan guard lets go of the channel; until the configuration is here it must keep us alive.
  process.channel?.ref();
  process.once('message', (message) => {
    process.channel?.unref();
    const { config } = startMessage.parse(message);
    const running = start(schema.parse(config));
    stopOnSignal(running);
    running.then(
      ({ details }) => process.send?.({ type: 'ready', details: details ?? {} }),
      (error: unknown) => reportFailure(error),
    );
  });
}

function stopOnSignal(running: Promise<RunningEntry>): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    running
      .then((entry) => entry.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function reportFailure(error: unknown): void {
  console.error(error);
  const code = error instanceof TestkitError ? error.code : 'start_failed';
  const message = error instanceof Error ? error.message : String(error);
  process.send?.({ type: 'failed', code, message }, () => process.exit(1));
}
