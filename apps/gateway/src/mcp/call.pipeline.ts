import type { StoredDecision } from '@holdpoint/contracts';
import {
  clientInfoOf,
  detectEra,
  inputRequiredResult,
  parseServerFrame,
  protocolVersionOf,
  replaceResultId,
  type Frame,
} from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HeldPayload } from '../approvals/held-payload.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { AnswerPresenter } from './answer-presenter.ts';
import {
  methodOf,
  recordOf,
  targetOf,
  type Call,
  type HttpVisit,
  type Incoming,
  type Visit,
} from './call.ts';
import { CANCELLED, denialText, MAY_HAVE_RUN, STORED_ANSWER_GONE } from './call-refusals.ts';
import { Continuations, sentFrames } from './continuations.ts';
import { Forwarder, type UpstreamOutcome } from './forwarder.ts';
import { HeldTasks } from './held-tasks.ts';
import { HoldLadder, type HoldEnd } from './hold-ladder.ts';
import { InFlight, type InFlightCall } from './in-flight.ts';
import { Judge, type Verdict } from './judge.ts';
import { checkModernMessage, checkParamHeaders } from './modern-request.ts';
import { Presenter } from './presenter.ts';
import { checkAccept, receiveFrame } from './receive.ts';
import { refusalText, toGatewayError, type Refusal } from './refusal.ts';
import { SessionStore } from './session-store.ts';
import { SideMessages } from './side-messages.ts';
import { isTaskMethod, TaskOwners } from './task-owners.ts';
import { Transports } from './transports.ts';

/**
 * One call, top to bottom: receive → decide → record → settle → claim → forward → mask → record →
 * deliver. Authentication has happened; no guard, interceptor or decorator takes part.
 */
@Injectable()
export class CallPipeline {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly sessions: SessionStore,
    private readonly judge: Judge,
    private readonly ledger: Ledger,
    private readonly ladder: HoldLadder,
    private readonly desk: HoldDesk,
    private readonly payload: HeldPayload,
    private readonly forwarder: Forwarder,
    private readonly presenter: Presenter,
    private readonly answers: AnswerPresenter,
    private readonly inFlight: InFlight,
    private readonly sideMessages: SideMessages,
    private readonly taskOwners: TaskOwners,
    private readonly transports: Transports,
    private readonly continuations: Continuations,
    private readonly heldTasks: HeldTasks,
  ) {}

  async run(visit: HttpVisit): Promise<void> {
    checkAccept(visit.exchange);
    await this.take(visit, await receiveFrame(visit, this.env.HOLDPOINT_MAX_FRAME_BYTES));
  }

  /** What follows on a frame that was read, whichever way its answer goes. */
  async take(visit: Visit, frame: Frame): Promise<void> {
    const { message } = frame;
    if (message.kind === 'request') visit.exchange.requestId = message.id;
    const incoming = await this.#place(visit, frame);
    if (message.kind !== 'request') return this.sideMessages.handle(incoming);
    const call: Call = {
      ...incoming,
      callId: newId(),
      id: message.id,
      method: methodOf(incoming),
      target: targetOf(incoming),
      ...this.continuations.recognise(incoming),
    };
    await this.carryOut(call);
  }

  /** A call that was read, or a held one whose agent came back for the rest of its stream. */
  async carryOut(call: Call): Promise<void> {
    const flight = this.inFlight.enter(call);
    call.exchange.accept();
    call.exchange.onAnswer(() => flight.done());
    try {
      await this.#decide(call, flight);
    } catch (error) {
      // Headers that are out can't carry a refusal any more; a message can.
      if (!call.exchange.isStreaming) throw error;
      const { code, message: text } = toGatewayError(error);
      this.logger.error({ error, callId: call.callId }, 'a call failed while its agent waited');
      await this.#say(call, { code, message: text }, 200);
    } finally {
      flight.done();
    }
  }

  /** Era and session. A handle that isn't this caller's resolves for nobody. */
  async #place({ exchange, connection, caller }: Visit, frame: Frame): Promise<Incoming> {
    const era = detectEra((name) => exchange.header(name), frame.message);
    const protocolVersion =
      exchange.header('mcp-protocol-version') ?? protocolVersionOf(frame.message) ?? null;
    const info = clientInfoOf(frame.message);
    const opening = {
      connection,
      caller,
      era,
      protocolVersion,
      client: { name: info?.name ?? null, version: info?.version ?? null },
    };
    const incoming = { exchange, connection, caller, frame, era, protocolVersion };
    if (era === 'modern') {
      checkModernMessage(exchange, frame);
      await this.transports.meet(connection, era);
      return { ...incoming, session: await this.sessions.run(opening) };
    }
    const handle = exchange.header('mcp-session-id');
    if (handle !== undefined) {
      const session = await this.sessions.byHandle(handle, caller.key, connection.id);
      if (!session)
        throw new GatewayError(
          'unknown_session',
          'There is no such session for you on this connection. Initialize again.',
        );
      return { ...incoming, session };
    }
    const isInitialize = methodOf({ frame }) === 'initialize';
    if (isInitialize) await this.transports.meet(connection, era);
    // The handshake's own header must not name a version yet.
    return isInitialize
      ? { ...incoming, protocolVersion: null, session: await this.sessions.open(opening) }
      : { ...incoming, session: await this.sessions.run(opening) };
  }

  async #decide(call: Call, flight: InFlightCall): Promise<void> {
    if (isTaskMethod(call.method) && this.heldTasks.knows(call)) return this.heldTasks.serve(call);
    checkParamHeaders(call, await this.judge.prepare(call));
    const verdict = await this.#judge(call);
    const goesOnWith = call.continues?.state.kind;
    if (goesOnWith === 'input') return this.#continue(call, verdict, flight);
    // A wait goes on, though what is in force now may be looser: only its approval lets it through.
    const effect = goesOnWith === 'wait' && verdict.effect === 'allow' ? 'hold' : verdict.effect;
    switch (effect) {
      case 'deny':
        return this.#deny(call, verdict);
      case 'allow':
        // INVARIANT: the intent is committed before a byte leaves.
        await this.ledger.append(received(call, verdict));
        return this.#forward(call, verdict, flight, null, 0);
      case 'hold': {
        const settle = (end: HoldEnd) => this.#settle(call, verdict, flight, end);
        // A wait on exchanges stays one, whatever the client declares by now.
        return call.continues === undefined && this.heldTasks.takes(call, verdict)
          ? this.heldTasks.hold(call, verdict, settle)
          : this.ladder.hold(call, verdict, flight.cancelled, settle);
      }
      default:
        return effect satisfies never;
    }
  }

  /** The next round of a call whose upstream asked for input. */
  async #continue(call: Call, verdict: Verdict, flight: InFlightCall): Promise<void> {
    if (verdict.effect === 'deny') return this.#deny(call, verdict);
    const refusal = await this.continuations.proceed(call, verdict, (now, approval) =>
      this.#forward(call, now, flight, approval, 0),
    );
    if (refusal) await this.#refuse(call, refusal, 200, call.approvalId);
  }

  /** A task's state and result belong to the call that made it: no one else's, and masked as its answer. */
  async #judge(call: Call): Promise<Verdict> {
    const own = this.judge.judge(call.frame, call);
    if (!isTaskMethod(call.method)) return own;
    const origin = await this.taskOwners.originOf(call);
    if (origin) return { ...own, masks: [...own.masks, ...this.judge.judge(origin, call).masks] };
    const explanation = 'There is no such task for you in this session.';
    const decision: StoredDecision = { ...own.decision, effect: 'deny', rules: [], explanation };
    return { ...own, effect: 'deny', decision };
  }

  async #deny(call: Call, verdict: Verdict): Promise<void> {
    const message = denialText(verdict);
    const text = refusalText(call.id, call.method, call.era, { code: verdict.refusal, message });
    await this.ledger.append({
      ...received(call, verdict),
      kind: 'call.refused',
      frames: [
        ...(received(call, verdict).frames ?? []),
        { edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false },
      ],
    });
    await call.exchange.finish(200, text);
  }

  async #settle(call: Call, verdict: Verdict, flight: InFlightCall, end: HoldEnd): Promise<void> {
    switch (end.kind) {
      case 'claimed':
        return this.#forward(
          { ...call, approvalId: end.approval.id },
          end.verdict,
          flight,
          end.approval,
          end.progress,
        );
      case 'answered':
        return this.#deliverStored(call, verdict, end.approval);
      case 'refused':
        return this.#refuse(call, end.refusal, 200, end.approval?.id);
      case 'polled':
        // Not an end: the agent comes back for the rest.
        return void (await call.exchange.end(undefined, 202));
      case 'leg':
        return this.#sendBack(call, end);
      case 'gone':
        // A cancelled call's stream ends without an answer, as the protocol says.
        return void (await call.exchange.end(undefined, 202));
      default:
        return end satisfies never;
    }
  }

  async #forward(
    call: Call,
    verdict: Verdict,
    flight: InFlightCall,
    approval: ApprovalRecord | null,
    progress: number,
  ): Promise<void> {
    // A modern client cancels by leaving. A legacy one may come back for its answer, so its leaving changes nothing.
    const signal = call.era === 'modern' ? call.exchange.left : new AbortController().signal;
    if (signal.aborted || flight.cancelled.aborted) {
      await this.#end(call, approval, 'failed', CANCELLED);
      return void (await call.exchange.end(undefined, 202));
    }
    flight.forwarded();
    const outcome = await this.forwarder.forward(call, verdict, progress, signal);
    switch (outcome.kind) {
      case 'answer':
        return this.#answer(call, verdict, outcome, approval);
      case 'failed':
        await this.#end(call, approval, 'failed', outcome.refusal);
        return this.#say(call, outcome.refusal, outcome.status);
      case 'unknown':
        await this.#end(call, approval, 'unknown', outcome.refusal);
        return this.#say(call, outcome.refusal, 200);
      default:
        return outcome satisfies never;
    }
  }

  /** Mask → record → deliver. */
  async #answer(
    call: Call,
    verdict: Verdict,
    outcome: Extract<UpstreamOutcome, { kind: 'answer' }>,
    approval: ApprovalRecord | null,
  ): Promise<void> {
    let said: { readonly text: string; readonly bytes: Uint8Array };
    try {
      said = await this.#recordAnswer(call, verdict, outcome, approval);
    } catch (error) {
      // INVARIANT: an answer that isn't recorded is not delivered; the agent must not repeat the call.
      this.logger.error({ error, callId: call.callId }, 'an answer could not be recorded');
      await this.#end(call, approval, 'unknown', MAY_HAVE_RUN);
      return this.#say(call, MAY_HAVE_RUN, 200);
    }
    const { eventId } = outcome;
    const { bytes } = said;
    const delivered = await call.exchange.finish(outcome.status, said.text, { eventId, bytes });
    return this.#delivered(call, approval, delivered);
  }

  async #recordAnswer(
    call: Call,
    verdict: Verdict,
    outcome: Extract<UpstreamOutcome, { kind: 'answer' }>,
    approval: ApprovalRecord | null,
  ): Promise<{ readonly text: string; readonly bytes: Uint8Array }> {
    const frameId = newId();
    const { text, record } = this.answers.present(call, verdict, outcome.frame, frameId);
    // What nothing changed goes out, and into the record, as the bytes that came.
    const bytes = text === outcome.frame.text ? outcome.frame.bytes : Buffer.from(text);
    const task = this.taskOwners.keyOf(outcome.frame);
    const answered: EntryDraft = {
      ...recordOf(call, 'call.answered'),
      data: {
        status: outcome.status,
        isError: outcome.frame.message.kind === 'error',
        ...record,
        ...(task !== undefined && { task }),
      },
      frames: [{ id: frameId, edge: 'gateway-to-agent', bytes, sealed: false }],
    };
    if (approval) await this.desk.answer(approval.id, frameId, answered);
    else await this.ledger.append(answered);
    return { text, bytes };
  }

  /** The same call ran before; its answer is delivered from the record, and nothing runs again. */
  async #deliverStored(call: Call, verdict: Verdict, approval: ApprovalRecord): Promise<void> {
    const frameId = approval.answerFrameId ?? '';
    const stored = (await this.payload.texts([frameId])).get(frameId);
    const parsed = stored === undefined ? undefined : parseServerFrame(stored);
    if (parsed?.kind !== 'frame') return this.#refuse(call, STORED_ANSWER_GONE, 200, approval.id);
    // What may not be asked today is not asked from the record either.
    const refusal = this.continuations.asking(call, parsed.frame)?.refusal;
    if (refusal) return this.#refuse(call, refusal, 200, approval.id);
    // Masked when it was recorded, and again by what is masked today.
    const { text: masked } = this.presenter.present(call, verdict, parsed.frame);
    const again = parseServerFrame(masked);
    if (again.kind !== 'frame') return this.#refuse(call, STORED_ANSWER_GONE, 200, approval.id);
    const text = replaceResultId(again.frame, call.id);
    const task = this.taskOwners.keyOf(again.frame);
    await this.ledger.append({
      ...recordOf(call, 'call.answered'),
      approvalId: approval.id,
      data: { fromRecord: true, ...(task !== undefined && { task }) },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    });
    return this.#delivered(call, approval, await call.exchange.finish(200, text));
  }

  async #delivered(call: Call, approval: ApprovalRecord | null, delivered: boolean): Promise<void> {
    if (approval && delivered) await this.desk.delivered(approval.id, recordOf(call, ''));
  }

  async #end(
    call: Call,
    approval: ApprovalRecord | null,
    to: 'failed' | 'unknown',
    refusal: Refusal,
  ): Promise<void> {
    const record = {
      ...recordOf(call, `call.${to}`),
      data: { code: refusal.code, message: refusal.message },
    };
    if (approval) {
      const settle = { approvalId: approval.id, from: ['claimed'], to, reason: refusal.message };
      return this.desk.settleSurely(settle, record, `call.${to}`);
    }
    // Unrecorded, the intent stands in the log without an end, which reads as unknown.
    await this.ledger
      .append(record)
      .catch((error: unknown) =>
        this.logger.error({ error, callId: call.callId }, 'the end of a call was not recorded'),
      );
  }

  /** Records what the agent is told instead of an answer, then tells it. */
  async #refuse(call: Call, refusal: Refusal, status: number, approvalId?: string): Promise<void> {
    const text = refusalText(call.id, call.method, call.era, refusal);
    await this.ledger.append({
      ...recordOf(call, refusal.code === 'pending' ? 'call.pending' : 'call.refused'),
      approvalId,
      data: { code: refusal.code },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    });
    await call.exchange.finish(status, text);
  }

  /** The wait goes on in the client's next request, which carries what it is given here. */
  async #sendBack(call: Call, leg: Extract<HoldEnd, { kind: 'leg' }>): Promise<void> {
    const text = inputRequiredResult(call.id, leg.requestState);
    await this.ledger.append({
      ...recordOf(call, 'call.pending'),
      approvalId: leg.approval.id,
      data: { code: 'pending', round: leg.round },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    });
    await call.exchange.finish(200, text);
  }

  async #say(call: Call, refusal: Refusal, status: number): Promise<void> {
    const isTool = call.method === 'tools/call';
    await call.exchange.finish(
      isTool && status !== 404 ? 200 : status,
      refusalText(call.id, call.method, call.era, refusal),
    );
  }
}

function received(call: Call, verdict: Verdict): EntryDraft {
  return {
    ...recordOf(call, 'call.received'),
    effect: verdict.effect,
    data: { policy: verdict.policyVersion, decision: verdict.decision },
    frames: sentFrames(call),
  };
}
