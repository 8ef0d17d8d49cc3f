import { setTimeout as sleep } from 'node:timers/promises';
import { refusalCode, type WireAnswer } from '../world/wire-agent.ts';
import type { CallingAgent } from './agent.ts';
import { receiptOf, type ToolName } from './counting-upstream.ts';
import { trialNumber, type Ending, type Trial } from './trial.ts';

const PAUSE_MS = 100;
const RETRY_MS = 100;
const LEAVES_WITHIN_MS = 250;

/** What a refusal means to an agent. Anything that isn't here: ask again. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  denied: 'denied',
  outcome_unknown: 'told unknown',
  may_have_run: 'told unknown',
  upstream_timeout: 'told unknown',
};

/** Agents that never stop calling, whatever becomes of the gateway. */
export class Load {
  readonly #trials = new Map<string, Trial>();
  readonly #batch: string;
  readonly #workers: Promise<void>[] = [];
  #isStopping = false;

  /** `batch` keeps the calls of one run apart from those of another. */
  constructor(batch: string) {
    this.#batch = batch;
  }

  /** One more agent; `connect` is called again whenever the gateway no longer knows it. */
  add(tool: ToolName, connect: () => Promise<CallingAgent>): void {
    this.#workers.push(this.#work(tool, connect));
  }

  /** Every call so far. */
  get trials(): readonly Trial[] {
    return [...this.#trials.values()];
  }

  trial(key: string): Trial | undefined {
    return this.#trials.get(key);
  }

  /** The calls that wait for an answer right now. */
  underWay(): readonly Trial[] {
    return this.trials.filter(({ ending }) => ending === undefined);
  }

  /** No new calls; resolves when every call has ended. */
  async finish(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#workers);
  }

  async #work(tool: ToolName, connect: () => Promise<CallingAgent>): Promise<void> {
    const agent = new Reconnecting(connect);
    while (!this.#isStopping) {
      const trial = trialNumber(this.#trials.size, this.#batch, tool);
      this.#trials.set(trial.key, trial);
      trial.ending = tool === 'pay' ? await collect(agent, trial) : await callOnce(agent, trial);
      await sleep(PAUSE_MS);
    }
  }
}

/** Makes the same call until it has ended, as an agent does that wants its answer. */
async function collect(agent: Reconnecting, trial: Trial): Promise<Ending> {
  if (trial.leaves) await leaveEarly(agent, trial);
  for (;;) {
    const answer = await agent.call(trial).catch(() => undefined);
    const ending = answer && endingOf(answer, trial);
    if (ending !== undefined) return ending;
    await sleep(RETRY_MS);
  }
}

async function leaveEarly(agent: Reconnecting, trial: Trial): Promise<void> {
  const leaving = AbortSignal.timeout(Math.ceil(Math.random() * LEAVES_WITHIN_MS));
  await agent.call(trial, leaving).catch(() => undefined);
}

/** An allowed call is a new one each time it is made: repeated, it could run twice by the agent's doing. */
async function callOnce(agent: Reconnecting, trial: Trial): Promise<Ending> {
  for (;;) {
    const answer = await agent.call(trial).catch(wasNeverSent);
    if (answer === undefined) return 'no answer';
    if (answer !== 'never sent') return endingOf(answer, trial) ?? 'refused';
    await sleep(RETRY_MS);
  }
}

/** Nobody listened, so this was no call yet. */
function wasNeverSent(error: unknown): 'never sent' | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' ? 'never sent' : undefined;
}

function endingOf(answer: WireAnswer, trial: Trial): Ending | undefined {
  const code = refusalCode(answer);
  if (code !== undefined) return ENDINGS[code];
  if (answer.message?.result === undefined) return undefined;
  if (!answer.raw.includes(receiptOf(trial.key))) trial.complaint = `got ${answer.raw}`;
  return 'answered';
}

/** An agent that signs in and initializes again when the gateway no longer takes it. */
class Reconnecting {
  readonly #connect: () => Promise<CallingAgent>;
  #agent: CallingAgent | undefined;

  constructor(connect: () => Promise<CallingAgent>) {
    this.#connect = connect;
  }

  async untilConnected(): Promise<CallingAgent> {
    for (;;) {
      this.#agent ??= await this.#connect().catch(() => undefined);
      if (this.#agent) return this.#agent;
      await sleep(RETRY_MS);
    }
  }

  async call(trial: Trial, signal?: AbortSignal): Promise<WireAnswer> {
    const agent = await this.untilConnected();
    const answer = await agent.call(trial, signal);
    if (answer.status === 401 || answer.status === 404) this.#agent = undefined;
    return answer;
  }
}
