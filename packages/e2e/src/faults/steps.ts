import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'node:http';
import type { Commit, CommitGate } from './commit-gate.ts';
import type { CountingUpstream, ToolName, UpstreamPoint } from './counting-upstream.ts';

/**
 * Where the gateway is killed.
 * `undone`: in the middle of a COMMIT that then never happens. `kept`: one that happens, though the
 * gateway is dead before it learns of it, which is all that "just after it" can mean. `late`: one that
 * happens only when the next gateway is running already.
 */
export type Step =
  | {
      readonly at: 'commit';
      readonly what: string;
      readonly commit: Commit;
      readonly fate: 'undone' | 'kept' | 'late';
    }
  | { readonly at: 'upstream'; readonly point: UpstreamPoint; readonly tool: ToolName }
  | { readonly at: 'half a request' }
  | { readonly at: 'random' };

/** One kill as it happened. */
export interface Kill {
  /** Its row in the table. */
  readonly name: string;
  /** Approvals that were claimed when the gateway was gone: their outcome is unknown from then on. */
  readonly claimed: readonly string[];
}

const COMMITS: readonly (Commit & { readonly what: string; readonly late?: true })[] = [
  { what: 'the record of an allowed call', entry: 'call.received', ofApproval: false },
  { what: 'the record of a held call', entry: 'approval.held' },
  { what: 'the record of a task’s handle', entry: 'call.task' },
  { what: 'joining what the same call left', entry: 'approval.joined' },
  { what: 'a verdict', entry: 'verdict.given', late: true },
  { what: 'the claim', entry: 'approval.claimed', late: true },
  { what: 'the answer of an allowed call', entry: 'call.answered', ofApproval: false },
  { what: 'the answer of a held call', entry: 'call.answered', ofApproval: true, late: true },
  { what: 'the delivery', entry: 'approval.delivered' },
  { what: 'the leaving of an agent', entry: 'approval.detached' },
  { what: 'a head of the log’s tree', entry: 'tree head' },
];

const POINTS: readonly (readonly [UpstreamPoint, ToolName])[] = [
  ['arrived', 'pay'],
  ['ran', 'pay'],
  ['half a body', 'pay'],
  ['half an event', 'pay'],
  ['answered', 'pay'],
  ['arrived', 'note'],
  ['half an event', 'note'],
];

const RANDOM: Step = { at: 'random' };

/** Every step once. */
export const STEPS: readonly Step[] = [
  { at: 'half a request' },
  ...COMMITS.flatMap(({ what, late, ...commit }): readonly Step[] =>
    (['undone', 'kept', ...(late ? (['late'] as const) : [])] as const).map((fate) => ({
      at: 'commit',
      what,
      commit,
      fate,
    })),
  ),
  ...POINTS.map(([point, tool]) => ({ at: 'upstream', point, tool }) as const),
];

/** Every step as often as it fits, and about every fifth kill at a random moment. */
export function plan(kills: number): readonly Step[] {
  const rounds: Step[] = [];
  for (let at = 0; rounds.length < kills; at += 1) {
    rounds.push(STEPS[at % STEPS.length] ?? RANDOM);
    if (at % 4 === 3 && rounds.length < kills) rounds.push(RANDOM);
  }
  return rounds;
}

const FATES = {
  undone: 'in the commit of',
  kept: 'just after the commit of',
  late: 'in a commit that completes after the restart:',
} as const;

/** The row of the table. */
export function nameOf(step: Step): string {
  switch (step.at) {
    case 'commit':
      return `${FATES[step.fate]} ${step.what}`;
    case 'upstream':
      return `${UPSTREAM[step.point]}: ${step.tool === 'pay' ? 'a held call' : 'an allowed call'}`;
    case 'half a request':
      return 'half of a request has come in';
    case 'random':
      return 'at a random moment';
    default:
      return step satisfies never;
  }
}

const UPSTREAM = {
  arrived: 'the upstream has the request, and has not run it',
  ran: 'the upstream has run the call, and says nothing yet',
  'half a body': 'half of the upstream’s answer is out (JSON)',
  'half an event': 'half of the upstream’s answer is out (event stream)',
  answered: 'the upstream’s answer is out',
} as const satisfies Record<UpstreamPoint, string>;

/** Waits at a step for the gateway to come by. */
export interface Trap {
  /** Resolves when the gateway is there: kill it. Asked once it has started. */
  untilReached(): Promise<unknown>;
  afterKill(): Promise<void>;
  afterStart(): Promise<void>;
}

export interface Traps {
  readonly gate: CommitGate;
  readonly upstream: CountingUpstream;
  readonly endpoint: string;
  /** Of an agent that may call. */
  readonly authorization: string;
}

const RANDOM_WITHIN_MS = 1500;
const nothing = () => Promise.resolve();

export function isLate(step: Step): boolean {
  return step.at === 'commit' && step.fate === 'late';
}

export async function setTrap(step: Step, traps: Traps, signal: AbortSignal): Promise<Trap> {
  switch (step.at) {
    case 'commit':
      return armCommit(step.fate, step.commit, traps.gate, signal);
    case 'upstream': {
      const halt = traps.upstream.haltAt(step.point, step.tool);
      const letGo = () => Promise.resolve(halt.letGo());
      return { untilReached: () => halt.reached, afterKill: letGo, afterStart: nothing };
    }
    case 'half a request':
      return {
        untilReached: () => sendHalfARequest(traps),
        afterKill: nothing,
        afterStart: nothing,
      };
    case 'random':
      return {
        untilReached: () => sleep(Math.random() * RANDOM_WITHIN_MS),
        afterKill: nothing,
        afterStart: nothing,
      };
    default:
      return step satisfies never;
  }
}

async function armCommit(
  fate: 'undone' | 'kept' | 'late',
  commit: Commit,
  gate: CommitGate,
  signal: AbortSignal,
): Promise<Trap> {
  await gate.shut(commit);
  return {
    untilReached: () => gate.untilSomebodyWaits(signal),
    async afterKill() {
      await gate.disarm();
      if (fate === 'undone') await gate.undo();
      if (fate !== 'late') await gate.open();
    },
    afterStart: () => (fate === 'late' ? gate.open() : nothing()),
  };
}

/** The gateway waits for the rest of a frame that never comes. */
async function sendHalfARequest({ endpoint, authorization }: Traps): Promise<void> {
  for (;;) {
    const sent = await new Promise<boolean>((resolve) => {
      const half = request(endpoint, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'content-length': 4096 },
      });
      half.on('error', () => resolve(false));
      half.write('{"jsonrpc":"2.0",', () => setTimeout(() => resolve(true), 50));
    });
    if (sent) return;
    await sleep(50);
  }
}
