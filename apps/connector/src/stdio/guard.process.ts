// Ends what a connector started when the connector itself is gone, even by SIGKILL: its end of this
// process's standard input closes then. A line "+N" names a process group that runs, "-N" one that ended.
import { createInterface } from 'node:readline';

const GRACE_MS = 2000;
const groups = new Set<number>();

// It must outlive a Ctrl-C or a stop that the connector handles in its own time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const group = Number(line.slice(1));
  if (!Number.isSafeInteger(group) || group <= 1) return;
  if (line.startsWith('+')) groups.add(group);
  else groups.delete(group);
});
lines.on('close', () => {
  if (groups.size === 0) process.exit(0);
  endAll('SIGTERM');
  setTimeout(() => {
    endAll('SIGKILL');
    process.exit(0);
  }, GRACE_MS);
});

function endAll(signal: NodeJS.Signals): void {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      // Gone already.
      groups.delete(group);
    }
  }
}
