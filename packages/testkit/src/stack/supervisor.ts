import {
  startProcess,
  startReportingProcess,
  type ManagedProcess,
  type ManagedProcessOptions,
  type ProcessExit,
} from '../process/managed-process.ts';

/** Keeps track of a stack's processes: stops them in reverse order, and tells when one dies. */
export interface Supervisor {
  start(options: ManagedProcessOptions): Promise<ManagedProcess>;
  startReporting: typeof startReportingProcess;
  adopt(managed: ManagedProcess): void;
  /** Runs a script to its end; a failure carries its last lines. */
  run(options: ManagedProcessOptions): Promise<void>;
  stopAll(): Promise<void>;
  /** Resolves when a process ends that nobody asked to end. */
  readonly firstDeath: Promise<ProcessExit>;
}

export function createSupervisor(fail: (exit: ProcessExit) => Error): Supervisor {
  const running = new Set<ManagedProcess>();
  let reportDeath: (exit: ProcessExit) => void = () => undefined;
  const firstDeath = new Promise<ProcessExit>((resolve) => {
    reportDeath = resolve;
  });

  function adopt(managed: ManagedProcess): void {
    running.add(managed);
    void managed.exited.then((exit) => {
      running.delete(managed);
      if (!exit.wanted) reportDeath(exit);
    });
  }

  return {
    firstDeath,
    adopt,
    async start(options) {
      const managed = await startProcess(options);
      adopt(managed);
      return managed;
    },
    async startReporting(options) {
      const managed = await startReportingProcess(options);
      adopt(managed);
      return managed;
    },
    async run(options) {
      const exit = await (await startProcess(options)).exited;
      if (exit.code !== 0) throw fail(exit);
    },
    async stopAll() {
      for (const managed of [...running].reverse()) await managed.stop();
    },
  };
}
