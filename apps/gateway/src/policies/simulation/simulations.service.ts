import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  MAX_SIMULATED_CALLS,
  type RecordedCall,
  type SimulationInput,
  type SimulationLine,
  type SimulationResult,
} from '@holdpoint/contracts';
import {
  Simulation,
  type ApprovalLoad,
  type CompiledPolicy,
  type SimulatedRuling,
} from '@holdpoint/policy';
import { Inject, Injectable } from '@nestjs/common';
import { lowestIdAt } from '../../audit/leaf.sql.ts';
import { Ledger } from '../../audit/ledger.ts';
import { PeopleRepository } from '../../identity/people.repository.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { toGatewayError } from '../../platform/error.filter.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { RotaRegistry } from '../../rotas/rota-registry.ts';
import { PolicyStore, type PolicyInForce } from '../policy-store.ts';
import type { CaseRuling } from './call-judge.ts';
import { CallShifts } from './call-shifts.ts';
import { callsWithin, newestCalls, type CallBounds } from './recorded-call.sql.ts';
import { compileDraft } from './draft-policy.ts';
import { RecordedConnections } from './recorded-connections.ts';
import { RecordedRun, type JudgedRecord } from './recorded-run.ts';
import { toSimulationResult } from './simulation.view.ts';

/** Simulations of one gateway at the same time: each takes a share of its one event loop. */
const MAX_AT_ONCE = 2;
const PROGRESS_EVERY_MS = 150;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Judges recorded calls by what is in force and by a draft, and says what would change. */
@Injectable()
export class Simulations {
  #running = 0;

  constructor(
    private readonly database: Database,
    private readonly policies: PolicyStore,
    private readonly connections: RecordedConnections,
    private readonly run: RecordedRun,
    private readonly rotas: RotaRegistry,
    private readonly people: PeopleRepository,
    private readonly ledger: Ledger,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * What is refused is refused here; what happens later is the last line. The lines end early, and
   * nothing more is read, when whoever reads them leaves.
   *
   * @throws GatewayError `policy_invalid`, `too_many_simulations`, `policy_unusable`
   */
  async start(input: SimulationInput, person: SignedInPerson): Promise<Readable> {
    const draft = compileDraft(input.source);
    const inForce = this.policies.current();
    if (this.#running >= MAX_AT_ONCE) throw tooMany();
    this.#running += 1;
    try {
      const bounds = await this.#bounds(input);
      // What a draft makes of stored requests says something about them, so asking is on record.
      await this.ledger.append({
        kind: 'policy.simulated',
        who: person.key,
        data: {
          person: person.name,
          calls: bounds.total,
          sourceSha256: createHash('sha256').update(input.source).digest('hex'),
        },
      });
      const lines = Readable.from(this.#lines(input, inForce, draft, bounds));
      // However it ends: a generator that nobody ever read from wouldn't run its own `finally`.
      lines.once('close', () => (this.#running -= 1));
      return lines;
    } catch (error) {
      this.#running -= 1;
      throw error;
    }
  }

  async *#lines(
    input: SimulationInput,
    inForce: PolicyInForce,
    draft: CompiledPolicy,
    bounds: CallBounds,
  ): AsyncGenerator<string, void, undefined> {
    try {
      for await (const line of this.#simulate(input, inForce, draft, bounds)) {
        yield `${JSON.stringify(line)}\n`;
      }
    } catch (error) {
      const { code, message } = toGatewayError(error);
      this.logger.warn({ error: String(error) }, 'a simulation failed');
      yield `${JSON.stringify({ kind: 'failed', error: { code, message } } satisfies SimulationLine)}\n`;
    }
  }

  async *#simulate(
    input: SimulationInput,
    inForce: PolicyInForce,
    draft: CompiledPolicy,
    { total, first, last }: CallBounds,
  ): AsyncGenerator<SimulationLine, void, undefined> {
    const simulation = new Simulation<RecordedCall>(inForce.policy, draft);
    const shifts = new CallShifts(this.rotas);
    const notJudged = { retention: 0, unreadable: 0 };
    const isSame = input.source === inForce.source;
    let seen = 0;
    let oldest: Date | undefined;
    let toldAt = performance.now();
    yield { kind: 'progress', judged: 0, total };
    if (first !== null && last !== null) {
      const range = { first, last, connectionIds: this.#connectionIds(input) };
      const policies = isSame ? [inForce.policy] : [inForce.policy, draft];
      for await (const record of this.run.judge(range, policies)) {
        seen += 1;
        oldest ??= record.at;
        if (record.kind === 'judged') addTo(simulation, record, shifts);
        else notJudged[record.reason] += 1;
        if (performance.now() - toldAt >= PROGRESS_EVERY_MS) {
          toldAt = performance.now();
          yield { kind: 'progress', judged: seen, total: Math.max(total, seen) };
        }
      }
    }
    const span = spanOf(input, oldest);
    const result = simulation.result();
    const nameOf = await this.people.refsOf(peopleOf(result.load));
    yield toSimulationResult(result, { version: inForce.number, span, notJudged }, nameOf);
  }

  #bounds({ span, connections }: SimulationInput): Promise<CallBounds> {
    const ids = this.connections.idsOf(connections);
    if ('last' in span) return newestCalls(this.database.pool, ids, span.last);
    const from = lowestIdAt(new Date(span.from));
    const to = lowestIdAt(new Date(span.to));
    return callsWithin(this.database.pool, ids, { from, to }, MAX_SIMULATED_CALLS);
  }

  #connectionIds({ connections }: SimulationInput): readonly string[] | null {
    return this.connections.idsOf(connections);
  }
}

function addTo(
  simulation: Simulation<RecordedCall>,
  { at, call, rulings }: Extract<JudgedRecord, { kind: 'judged' }>,
  shifts: CallShifts,
): void {
  const [before, after = before] = rulings;
  if (before === undefined || after === undefined) return;
  const onCall = (rota: string) => shifts.personAt(rota, at);
  simulation.add(call, call.effect, simulated(before), simulated(after), onCall);
}

function peopleOf(load: readonly ApprovalLoad[]): readonly string[] {
  return load.flatMap(({ reviewers, turns }) => [
    ...reviewers.people,
    ...turns.flatMap(({ person }) => person ?? []),
  ]);
}

function simulated({ decision, ruling }: CaseRuling): SimulatedRuling {
  const { effect, steps, decision: stored } = ruling;
  return { effect, source: stored.source, decision, steps };
}

/** What figures per day are divided by: never less than a day, so that an hour isn't multiplied. */
function spanOf({ span }: SimulationInput, oldest: Date | undefined): SimulationResult['span'] {
  const now = new Date();
  const from = 'last' in span ? (oldest ?? now) : new Date(span.from);
  const to = 'last' in span ? now : new Date(Math.min(Date.parse(span.to), now.getTime()));
  const days = Math.max(1, (to.getTime() - from.getTime()) / DAY_MS);
  return { from: from.toISOString(), to: to.toISOString(), days };
}

function tooMany(): GatewayError {
  return new GatewayError(
    'too_many_simulations',
    'Two simulations are running on this gateway already. Try again when one of them is done.',
  );
}
