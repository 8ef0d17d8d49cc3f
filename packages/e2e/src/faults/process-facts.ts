import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds, as the kernel tells it. */
export interface ProcessFacts {
  /** Sockets, pipes and files. */
  readonly handles: number;
  readonly children: number;
  readonly residentBytes: number;
}

/** Only Linux tells what another process holds: elsewhere nothing is seen, and nothing grows. */
export function factsOf(pid: number): ProcessFacts {
  if (process.platform !== 'linux') return { handles: 0, children: 0, residentBytes: 0 };
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    handles: readdirSync(`/proc/${pid}/fd`).length,
    children: children.length,
    residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
  };
}
