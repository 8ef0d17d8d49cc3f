import type { RecordedCall, TrialInput, TrialResult } from '@holdpoint/contracts';
import { compileMasks, maskFrame } from '@holdpoint/masking';
import { parseServerFrame, type Frame } from '@holdpoint/mcp';
import {
  factsNeeded,
  parseDuration,
  trace,
  type Decision,
  type DecisionFacts,
} from '@holdpoint/policy';
import { callFault, readCall } from '@holdpoint/policy/cases';
import { Injectable } from '@nestjs/common';
import { FrameReader, type FrameRow } from '../../audit/frame-reader.ts';
import { PeopleRepository } from '../../identity/people.repository.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { Reveals } from '../../sessions/reveals.ts';
import { mayOpenRequests } from '../../sessions/sessions.service.ts';
import { RotaRegistry } from '../../rotas/rota-registry.ts';
import { rule, type Ruling } from '../ruling.ts';
import { CallJudge, freezeOf, type Case } from './call-judge.ts';
import { compileDraft } from './draft-policy.ts';
import { RecordedCalls, settingOf, toRecordedCall } from './recorded-call.repository.ts';
import {
  answerOf,
  callByEntry,
  countBefore,
  framesById,
  type CallRow,
} from './recorded-call.sql.ts';
import { RecordedConnections } from './recorded-connections.ts';
import { toTrialResult } from './trial.view.ts';
import { recordedLine } from './recorded-line.ts';

/** A call to try a policy with, and what may be shown of it. */
export interface Tried extends Case {
  readonly facts: (windows: readonly string[]) => Promise<DecisionFacts>;
  readonly caller: string;
  /** Whether its connection is registered here. */
  readonly isRegistered: boolean;
  readonly recorded: RecordedCall | null;
  /** Whether whoever asks may see its arguments. */
  readonly isOpen: boolean;
  readonly line: string | null;
}

/** Judges one call by a draft and explains the decision step by step. */
@Injectable()
export class Trials {
  constructor(
    private readonly database: Database,
    private readonly calls: RecordedCalls,
    private readonly connections: RecordedConnections,
    private readonly judge: CallJudge,
    private readonly reveals: Reveals,
    private readonly reader: FrameReader,
    private readonly rotas: RotaRegistry,
    private readonly people: PeopleRepository,
  ) {}

  /**
   * @throws GatewayError `policy_invalid`; `invalid_input` for a line that can't be read; `not_found`
   * for a call that isn't recorded, or whose request is gone
   */
  async attempt({ source, call }: TrialInput, person: SignedInPerson): Promise<TrialResult> {
    const policy = compileDraft(source);
    const tried =
      'line' in call ? await this.#written(call.line) : await this.#recorded(call, person);
    const facts = await tried.facts(factsNeeded(policy, tried.call).windows);
    const traced = trace(policy, tried.call, facts);
    const ruling = rule(traced.decision, policy.chains, { ...tried.on, facts });
    const answer = await this.#maskedAnswer(tried, traced.decision);
    const steps = await this.#asked(ruling.steps, tried.call.now);
    return toTrialResult({ tried, traced, ruling, steps, answer });
  }

  /** Whom each step asks at the time of the call; who is on call by the rotas as they are now. */
  async #asked(steps: Ruling['steps'], at: Date): Promise<TrialResult['steps']> {
    const onCall = this.rotas.onCall(at);
    const turnOf = ({ reviewers: { onCall: rota } }: Ruling['steps'][number]) =>
      rota === undefined ? null : { rota, person: onCall(rota) };
    const keys = steps.flatMap((step) => [...step.reviewers.people, turnOf(step)?.person ?? []]);
    const nameOf = await this.people.refsOf(keys.flat());
    return steps.map((step) => {
      const turn = turnOf(step);
      return {
        chain: step.chain,
        groups: [...step.reviewers.groups],
        people: step.reviewers.people.map(nameOf),
        onCall: turn && {
          rota: turn.rota,
          person: turn.person === undefined ? null : nameOf(turn.person),
        },
        quorum: step.quorum,
      };
    });
  }

  /** As `holdpoint policy judge` reads it; a connection of that name lends its settings and tools. */
  async #written(line: string): Promise<Tried> {
    const { kind, call, facts } = readLine(line);
    const connection = this.connections.bySlug(call.connection.name);
    const on = {
      kind,
      method: call.method,
      connection: connection ?? this.connections.madeUp(call.connection.name),
      frozen: connection ? freezeOf(connection) : null,
    };
    if (connection) await this.judge.meet(connection);
    const known = connection && this.judge.standing(connection, call.method, call.target);
    const tool = call.tool ?? known?.tool;
    return {
      call: {
        ...call,
        connection: {
          name: call.connection.name,
          defaultEffect: on.connection.defaultEffect,
          readOnly: on.connection.readOnly,
        },
        ...(tool && { tool }),
      },
      // A tool that the line itself defines is taken as listed.
      on: {
        ...on,
        isToolListed: connection === undefined || tool !== undefined,
        quarantined: call.tool === undefined ? known?.quarantined : undefined,
        rotas: this.rotas.people(),
      },
      facts: () => Promise.resolve(facts),
      caller: call.caller.subject,
      isRegistered: connection !== undefined,
      recorded: null,
      isOpen: true,
      line,
    };
  }

  async #recorded(
    { entryId, open }: { readonly entryId: string; readonly open: boolean },
    person: SignedInPerson,
  ): Promise<Tried> {
    const row = await callByEntry(this.database.pool, entryId);
    const session = row && (await this.calls.sessionsOf([row])).get(row.session_id);
    const connection = row && this.connections.byId(row.connection_id);
    if (!row || !session || !connection) throw unknownCall();
    const isOpen = open && mayOpenRequests(person);
    if (isOpen && row.frame_id !== null) {
      const { id, slug } = connection;
      // INVARIANT: committed before anything of the request is shown.
      const opened = { id: row.session_id, connection_id: id, slug };
      await this.reveals.record(person, opened, [row.frame_id]);
    }
    const frame = await this.#requestOf(row);
    const subject = this.judge.caseOf(frame, connection, settingOf(connection, session), row.at);
    return {
      ...subject,
      facts: (windows) => this.#counts(row, windows),
      caller: session.caller.displayName,
      isRegistered: true,
      recorded: toRecordedCall(row, connection.slug, session),
      isOpen,
      line: isOpen ? recordedLine(frame, subject.call) : null,
    };
  }

  async #requestOf(row: CallRow): Promise<Frame> {
    const stored = await framesById(
      this.database.pool,
      row.frame_id === null ? [] : [row.frame_id],
    );
    const opened = this.calls.open(stored.get(row.frame_id ?? ''));
    if (opened.ok) return opened.frame;
    throw new GatewayError(
      'not_found',
      opened.reason === 'retention'
        ? 'The request of this call was deleted after its retention time, so it can’t be judged again.'
        : 'The stored request of this call can’t be opened by this gateway.',
    );
  }

  async #counts(row: CallRow, windows: readonly string[]): Promise<DecisionFacts> {
    const counts: Record<string, number> = {};
    for (const window of windows) {
      counts[window] = await countBefore(this.database.pool, row, parseDuration(window));
    }
    return { counts };
  }

  async #maskedAnswer({ recorded }: Tried, { masks }: Decision): Promise<TrialResult['answer']> {
    if (recorded === null || masks.length === 0) return null;
    const stored = await answerOf(this.database.pool, recorded.callId);
    if (stored === undefined) return null;
    const text = this.#textOf(stored);
    const parsed = text === undefined ? undefined : parseServerFrame(text);
    if (parsed?.kind !== 'frame') return null;
    const { hits, hitCount } = maskFrame(parsed.frame, compileMasks(masks));
    return { masked: hitCount, places: hits.map(({ path }) => path) };
  }

  /** An answer may be sealed, and one that doesn't open is tried with as one that is gone. */
  #textOf(stored: FrameRow): string | undefined {
    try {
      return Buffer.from(this.reader.bytesOf(stored)).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

function readLine(line: string): ReturnType<typeof readCall> {
  try {
    return readCall(line, new Date());
  } catch (error) {
    const fault = callFault(error);
    if (fault === undefined) throw error;
    throw new GatewayError('invalid_input', `The call can’t be read: ${fault.message}`, {
      fields: { line: fault.message },
      details: fault,
    });
  }
}

function unknownCall(): GatewayError {
  return new GatewayError('not_found', 'There is no such recorded call.');
}
