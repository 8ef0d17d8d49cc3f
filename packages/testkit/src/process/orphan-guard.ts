/**
 * Preloaded (`--import`) into every process the stack starts. When the process that started it is
 * gone, even by SIGKILL, its end of the IPC channel closes: then this process ends itself in order,
 * so that nothing is left behind holding a port or a data directory.
 */
const LAST_CHANCE_MS = 8_000;

process.once('disconnect', () => {
  setTimeout(() => process.exit(1), LAST_CHANCE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref();
