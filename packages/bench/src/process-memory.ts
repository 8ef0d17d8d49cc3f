import { readFile, writeFile } from 'node:fs/promises';

/** A process's memory as the kernel counts it; only Linux tells. */
export interface ProcessMemory {
  /** Resident set now, in bytes. */
  now(): Promise<number>;
  /** Largest resident set since `resetPeak`. */
  peak(): Promise<number>;
  resetPeak(): Promise<void>;
}

export const canReadMemory = process.platform === 'linux';

/** Reads it from outside: a process that measures itself changes what it measures. */
export function memoryOf(pid: number): ProcessMemory {
  const field = async (name: string) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return Number(kibibytes ?? NaN) * 1024;
  };
  return {
    now: () => field('VmRSS'),
    peak: () => field('VmHWM'),
    // proc(5): 5 resets the peak resident set size.
    resetPeak: () => writeFile(`/proc/${pid}/clear_refs`, '5'),
  };
}
