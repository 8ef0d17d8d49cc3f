import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalSummary } from '@holdpoint/contracts';
import { approve, pendingApprovals } from '../world/admin.ts';
import type { World } from '../world/world.ts';

/** The suite expects answers within half a second, a verdict included. */
const LOOK_AGAIN_MS = 20;

export interface ApprovingProgram {
  /** What it approved so far. */
  readonly approved: readonly Pick<ApprovalSummary, 'method' | 'why'>[];
  stop(): Promise<void>;
}

/**
 * A program signed in as a reviewer, which approves whatever is held on one connection through the
 * API of the console. The product has nothing of the kind.
 */
export function startApprovingProgram(world: World, connectionId: string): ApprovingProgram {
  const decided = new Map<string, ApprovalSummary>();
  let isStopped = false;
  const running = (async () => {
    const reviewer = await world.person('avery');
    while (!isStopped) {
      const held = (await pendingApprovals(reviewer)).filter(
        ({ id, connection }) => connection.id === connectionId && !decided.has(id),
      );
      await Promise.all(
        held.map((each) => {
          decided.set(each.id, each);
          return approve(world, each.id);
        }),
      );
      await sleep(LOOK_AGAIN_MS);
    }
  })();
  return {
    get approved() {
      return [...decided.values()];
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
