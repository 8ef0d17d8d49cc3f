import type { OwnStack } from '../world/fixtures.ts';
import type { MatrixClient } from './matrix-client.ts';
import { MATRIX } from './matrix.ts';
import type { Cell } from './result-table.ts';
import { restarted, withClient, type BenchWishes } from './scenarios.ts';

export interface RestartWishes {
  readonly endpoint: string;
  /** By SIGKILL: nobody is told. */
  readonly kill: boolean;
  readonly client: BenchWishes;
}

/** Every client has a call held; then the gateway goes and comes back, once for all of them. */
export async function restartUnderAll(
  { stack, world }: OwnStack,
  { endpoint, kill, client: wishes }: RestartWishes,
  report: (client: MatrixClient, cell: Cell) => void,
): Promise<void> {
  const allHeld = Promise.withResolvers<void>();
  const isBack = allHeld.promise.then(() => stack.restartGateway({ kill }));
  let held = 0;
  const oneIsHeld = () => {
    held += 1;
    if (held === MATRIX.length) allHeld.resolve();
    return isBack;
  };
  await Promise.all(
    MATRIX.map(async (client) =>
      report(
        client,
        await withClient(world, { endpoint }, client, wishes, (bench) =>
          restarted(bench, oneIsHeld),
        ),
      ),
    ),
  );
}
