import {
  applyEdits,
  member,
  parseServerFrame,
  progressTokenOf,
  rpcError,
  type Frame,
  type JsonNode,
  type JsonRpcId,
  type Message,
} from '@holdpoint/mcp';
import { ERRORS } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { LOGGER } from '../platform/tokens.ts';
import type { MaskRule } from '@holdpoint/policy';
import { recordOf, type Incoming } from './call.ts';
import { EventIds } from './event-ids.ts';
import { Judge } from './judge.ts';
import { Masker, unionOf } from './masker.ts';
import type { UpstreamEvent } from './sse-upstream-stream.ts';
import { UnattendedExchange } from './unattended-exchange.ts';
import { UpstreamAsks } from './upstream-asks.ts';
import { Upstream } from './upstream.ts';

const REFUSAL_TIMEOUT_MS = 10_000;
/** After these the catalogue looks at the upstream again. */
const LIST_CHANGED = [
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
];

/** Told once per stream; everything relayed on it belongs to this. */
export interface RelayContext {
  readonly incoming: Incoming;
  /** The call whose stream it is; `null` for the stream that belongs to none. */
  readonly callId: string | null;
  /** The call's own masks: what is said during a call is masked like its answer. */
  readonly masks: readonly MaskRule[];
  /** Progress that the hold itself reported: the upstream's continues above it. */
  readonly progressBase: number;
}

/** What an event of an upstream was. */
export type Relayed =
  | { readonly kind: 'passed' }
  | { readonly kind: 'answer'; readonly frame: Frame; readonly eventId: string | undefined };

/**
 * Passes an upstream's stream to the agent, frame by frame: masked and committed before it is
 * delivered. The answer to the call itself is handed back instead, for the pipeline to finish.
 */
@Injectable()
export class FrameRelay {
  constructor(
    private readonly ledger: Ledger,
    private readonly judge: Judge,
    private readonly masker: Masker,
    private readonly asks: UpstreamAsks,
    private readonly eventIds: EventIds,
    private readonly upstream: Upstream,
    private readonly catalogue: ToolCatalogue,
    private readonly connections: ConnectionRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async relay(event: UpstreamEvent, told: RelayContext): Promise<Relayed> {
    const context = { ...told, masks: unionOf(told.masks, event.masks ?? []) };
    const { exchange, session } = context.incoming;
    if (event.kind === 'comment') {
      await exchange.comment(event.comment);
      return { kind: 'passed' };
    }
    const eventId =
      event.id === undefined
        ? undefined
        : event.id === ''
          ? ''
          : this.eventIds.wrap({ id: event.id, callId: context.callId }, session);
    const fields = {
      ...(event.event !== undefined && { event: event.event }),
      ...(eventId !== undefined && { id: eventId }),
      ...(event.retry !== undefined && { retry: event.retry }),
    };
    if (event.data === undefined || event.data === '') {
      await exchange.event({ ...fields, ...(event.data !== undefined && { data: '' }) });
      return { kind: 'passed' };
    }
    const parsed = parseServerFrame(event.data);
    const isAnswer = parsed.kind === 'frame' && isAnswerFrame(parsed.frame);
    if (!isAnswer && (await this.#isDropped(event.data.length, context.incoming)))
      return { kind: 'passed' };
    if (parsed.kind === 'unreadable') {
      // What can't be read can't be masked, so it can't pass.
      await this.ledger.append({
        ...recordOf(context.incoming, 'upstream.unreadable'),
        data: { reason: parsed.reason },
      });
      return { kind: 'passed' };
    }
    const { frame } = parsed;
    switch (frame.message.kind) {
      case 'result':
      case 'error':
        return { kind: 'answer', frame, eventId };
      case 'notification':
        await this.#notification(frame, fields, context);
        return { kind: 'passed' };
      case 'request':
        await this.#request(frame, fields, context);
        return { kind: 'passed' };
      default:
        return frame.message satisfies never;
    }
  }

  /** Nobody hears what is said in the background; beyond a bound it isn't recorded either. */
  async #isDropped(bytes: number, incoming: Incoming): Promise<boolean> {
    const { exchange } = incoming;
    if (!(exchange instanceof UnattendedExchange)) return false;
    const place = exchange.record(bytes);
    if (place === 'last')
      await this.ledger.append({
        ...recordOf(incoming, 'upstream.notification_dropped'),
        data: { reason: 'It says more than is recorded of a call in the background.' },
      });
    return place !== 'recorded';
  }

  async #notification(frame: Frame, fields: EventFields, context: RelayContext): Promise<void> {
    const { incoming } = context;
    if (LIST_CHANGED.some((method) => isMethod(frame.message, method)))
      this.catalogue.markStale(incoming.connection.id);
    const verdict = this.judge.judge(frame, incoming, 'from-upstream');
    const shown = aboveHold(frame, context.progressBase);
    const asking = this.asks.in(shown, incoming);
    const masks = unionOf(context.masks, verdict.masks, asking?.masks ?? []);
    const masked = this.masker.mask(shown, masks);
    if (masked.withheld !== null || asking?.refusal) {
      // Nobody waits for a notification, so nobody is told.
      const { text, withheld } = masked;
      const why = { ...(withheld !== null && { withheld }), ...asking?.record };
      await this.ledger.append(
        this.#record(incoming, 'upstream.notification_dropped', frame, text, why),
      );
      return;
    }
    await this.ledger.append(
      this.#record(incoming, 'upstream.notification', frame, masked.text, {
        masks: masked.hitCount,
      }),
    );
    await incoming.exchange.event({ ...fields, data: masked.text });
  }

  /** Requests of an upstream are judged as methods. A hold has no one to wait for it here, so it is refused. */
  async #request(frame: Frame, fields: EventFields, context: RelayContext): Promise<void> {
    const { incoming } = context;
    if (frame.message.kind !== 'request') return;
    // A call may be under way for long: what is in force now counts, a freeze among it.
    const connection = this.connections.byId(incoming.connection.id) ?? incoming.connection;
    const asked = { ...incoming, connection, callId: newId() };
    const verdict = await this.judge.judgeArriving(frame, asked, 'from-upstream');
    const masked = this.masker.mask(frame, unionOf(context.masks, verdict.masks));
    // In the background nobody is there who could reply, and the upstream would wait for it.
    const isAttended = !(incoming.era === 'modern' && incoming.exchange.left.aborted);
    const passes = verdict.effect === 'allow' && masked.withheld === null && isAttended;
    await this.ledger.append({
      ...this.#record(incoming, 'upstream.request', frame, masked.text, {
        requestId: frame.message.id.raw,
        explanation: verdict.decision.explanation,
        ...(masked.withheld !== null && { withheld: masked.withheld }),
      }),
      effect: passes ? 'allow' : 'deny',
    });
    if (passes) {
      await incoming.exchange.event({ ...fields, data: masked.text });
      return;
    }
    await this.#refuse(incoming, frame.message.id);
  }

  async #refuse(incoming: Incoming, id: JsonRpcId): Promise<void> {
    const refusal = rpcError(
      id,
      ERRORS.denied.rpc,
      'The gateway’s policy does not let this request through to the client.',
    );
    const timeout = AbortSignal.timeout(REFUSAL_TIMEOUT_MS);
    try {
      const answer = await this.upstream.postBytes(incoming, Buffer.from(refusal), timeout);
      if (answer.kind === 'stream') answer.discard();
    } catch (error) {
      // The upstream asked and doesn't take the answer: its own stream goes on or ends as it likes.
      this.logger.warn({ error: String(error) }, 'an upstream did not take a refusal');
    }
  }

  /** An answer to something else than the call whose stream it came on never reaches the agent. */
  async dropAnswer(frame: Frame, { incoming }: RelayContext): Promise<void> {
    if (await this.#isDropped(0, incoming)) return;
    const id = 'id' in frame.message ? (frame.message.id?.raw ?? null) : null;
    await this.ledger.append({
      ...recordOf(incoming, 'upstream.unexpected_answer'),
      data: { answers: id },
    });
  }

  #record(
    incoming: Incoming,
    kind: string,
    frame: Frame,
    text: string,
    data: EntryDraft['data'],
  ): EntryDraft {
    const method = 'method' in frame.message ? frame.message.method : undefined;
    return {
      ...recordOf(incoming, kind),
      method,
      target: undefined,
      data: data ?? {},
      // What is withheld has no masked form, and no other form is stored.
      frames:
        text === '' ? [] : [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    };
  }
}

interface EventFields {
  readonly event?: string;
  readonly id?: string;
  readonly retry?: number;
}

function isAnswerFrame({ message }: Frame): boolean {
  return message.kind === 'result' || message.kind === 'error';
}

function isMethod(message: Message, method: string): boolean {
  return message.kind === 'notification' && message.method === method;
}

/** Progress must rise strictly: what the hold reported is added to what the upstream reports. */
function aboveHold(frame: Frame, base: number): Frame {
  if (
    base === 0 ||
    frame.message.kind !== 'notification' ||
    progressTokenOf(frame.message) === undefined
  )
    return frame;
  const { params } = frame.message;
  const numbers = [member(params, 'progress'), member(params, 'total')].filter(
    (node) => node?.kind === 'number',
  );
  const edits = numbers.filter(isNumber).map((node) => ({
    start: node.start,
    end: node.end,
    text: JSON.stringify(Number(node.raw) + base),
  }));
  const parsed = parseServerFrame(applyEdits(frame.text, edits));
  return parsed.kind === 'frame' ? parsed.frame : frame;
}

function isNumber(node: JsonNode | undefined): node is Extract<JsonNode, { kind: 'number' }> {
  return node?.kind === 'number';
}
