import { fork, type ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { BenchError } from './bench.error.ts';

const toParent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), result: z.unknown() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

const toChild = z.object({ type: z.literal('do'), job: z.unknown() });

/**
 * A process of its own, asked one thing at a time: what is measured must not share an event loop with
 * what measures it.
 */
export class Worker {
  readonly #child: ChildProcess;
  readonly #name: string;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
  }

  /** Starts `<name>.process.ts` of this folder and hands it its configuration. */
  static async start<Schema extends z.ZodType>(
    name: string,
    config: unknown,
    details: Schema,
  ): Promise<{ readonly worker: Worker; readonly details: z.output<Schema> }> {
    const worker = Worker.open(name);
    return { worker, details: await worker.ask(config, details) };
  }

  /** Starts one that needs no configuration. */
  static open(name: string): Worker {
    const script = new URL(`./${name}.process.ts`, import.meta.url);
    return new Worker(fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }), name);
  }

  /** @throws BenchError `worker_failed` with what the process said, or that it ended. */
  async ask<Schema extends z.ZodType>(job: unknown, result: Schema): Promise<z.output<Schema>> {
    const answer = await new Promise<unknown>((resolve, reject) => {
      const onExit = () => reject(new BenchError('worker_failed', `The ${this.#name} ended.`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit);
        const report = toParent.parse(message);
        if (report.type === 'done') resolve(report.result);
        else reject(new BenchError('worker_failed', `The ${this.#name}: ${report.message}`));
      });
      this.#child.send({ type: 'do', job });
    });
    return result.parse(answer);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** The body of a `*.process.ts`: answers the jobs of its parent, and ends with it. */
export function serveJobs(answer: (job: unknown) => Promise<unknown>): void {
  process.on('message', (message) => {
    answer(toChild.parse(message).job).then(
      (result) => process.send?.({ type: 'done', result }),
      (error: unknown) => process.send?.({ type: 'failed', message: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
