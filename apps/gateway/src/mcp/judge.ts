import type { Caller, ErrorCode } from '@holdpoint/contracts';
import {
  callTarget,
  classifyMethod,
  stringMember,
  type Frame,
  type JsonNode,
  type MethodClass,
} from '@holdpoint/mcp';
import {
  decide,
  factsNeeded,
  isListed,
  type CompiledRule,
  type DecisionFacts,
  type ListedCall,
  type MaskRule,
} from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { Judgement } from '../approvals/rejudgement.ts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { KIND_LISTED_BY } from '../connections/definition.ts';
import { addressOfTemplate } from '../connections/template-address.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { CallCounts } from '../policies/call-counts.ts';
import { judgedCall, listedCall } from '../policies/judged-call.ts';
import { PolicyStore, type PolicyInForce } from '../policies/policy-store.ts';
import { RotaRegistry } from '../rotas/rota-registry.ts';
import { rule } from '../policies/ruling.ts';
import type { Call } from './call.ts';
import { unionOf } from './masker.ts';
import type { McpSession } from './session-store.ts';
import { inputSchemaOf } from './tool-schema.ts';

/** Before a claim the definition a release is bound to is looked up anew when older than this. */
const DEFINITION_MAX_AGE_MS = 60_000;
/** A tool that was not in the list may be new; calls to made-up names must not become a flood of listings. */
const UNKNOWN_TOOL_MAX_AGE_MS = 2000;

export interface CallContext {
  readonly connection: ConnectionRecord;
  readonly caller: Caller;
  readonly session: Pick<McpSession, 'id' | 'client'>;
}

/** A call, by the name under which later ones count it. */
export interface NamedContext extends CallContext {
  readonly callId: string;
  readonly continues?: Call['continues'];
}

type Direction = 'from-client' | 'from-upstream';

export interface Verdict extends Judgement {
  readonly kind: MethodClass;
  readonly target: string;
  readonly masks: readonly MaskRule[];
  /** Why it is refused, when the effect is `deny`. */
  readonly refusal: ErrorCode;
  readonly outputSchema: unknown;
}

/** Judges calls under what is in force: freeze, catalogue, policy, the connection's default. */
@Injectable()
export class Judge {
  constructor(
    private readonly policies: PolicyStore,
    private readonly catalogue: ToolCatalogue,
    private readonly counts: CallCounts,
    private readonly freezes: FreezeStore,
    private readonly rotas: RotaRegistry,
  ) {}

  /** A message that comes now. Answers at once where no rule counts; then later ones count it. */
  judgeArriving(
    frame: Frame,
    context: NamedContext,
    direction: Direction = 'from-client',
  ): Verdict | Promise<Verdict> {
    return this.policies.current().counting.length === 0
      ? this.judge(frame, context, direction)
      : this.#judgeCounting(frame, context, direction, true);
  }

  /** Without `facts` a rule that counts earlier calls errs, which is careful. */
  judge(
    frame: Frame,
    context: CallContext,
    direction: Direction = 'from-client',
    facts?: DecisionFacts,
  ): Verdict {
    const { message } = frame;
    const method = 'method' in message ? message.method : '';
    const kind = classifyMethod(method, direction, message.kind === 'request');
    const target = callTarget(message);
    const tool =
      method === 'tools/call' && target.name !== undefined
        ? this.catalogue.find(context.connection.id, target.name)
        : undefined;
    const { number, policy } = this.policies.current();
    const decision = decide(policy, judgedCall(frame, context, tool, new Date()), facts);
    const { connection } = context;
    const on = {
      kind,
      method,
      connection,
      frozen: this.freezes.over(context.caller.key, connection),
      isToolListed: tool !== undefined,
      quarantined: this.catalogue.quarantineOf(connection, method, target),
      rotas: this.rotas.people(),
      facts,
    };
    return {
      ...rule(decision, policy.chains, on),
      kind,
      target: target.name ?? target.uri ?? '',
      masks: decision.masks,
      policyVersion: number,
      freezeEpoch: connection.freezeEpoch,
      toolDigest: tool?.digest ?? '',
      outputSchema: tool?.outputSchema,
    };
  }

  /**
   * A tool that nobody has listed yet is looked up before it is judged; a known one is looked up
   * again in the background, so that the data path waits for no listing. Answers its input schema.
   */
  async prepare(
    call: Pick<Call, 'method' | 'target' | 'connection'>,
  ): Promise<JsonNode | undefined> {
    await this.#meet(call);
    if (call.method !== 'tools/call') return undefined;
    const known = this.catalogue.find(call.connection.id, call.target) !== undefined;
    const listing = this.catalogue.ensureFresh(
      call.connection,
      known ? DEFINITION_MAX_AGE_MS : UNKNOWN_TOOL_MAX_AGE_MS,
    );
    if (!known) await listing;
    return inputSchemaOf(this.catalogue.find(call.connection.id, call.target));
  }

  /** What a list or a prompt is compared with is known before the first of them passes. */
  async #meet({
    method,
    target,
    connection,
  }: Pick<Call, 'method' | 'target' | 'connection'>): Promise<void> {
    const listed = KIND_LISTED_BY[method];
    if (listed !== undefined && !this.catalogue.isLoaded(connection.id, listed))
      await this.catalogue.ensureFresh(connection, UNKNOWN_TOOL_MAX_AGE_MS, 'everything');
    if (method !== 'prompts/get') return;
    const known = this.catalogue.isListed(connection.id, 'prompt', target);
    const age = known ? DEFINITION_MAX_AGE_MS : UNKNOWN_TOOL_MAX_AGE_MS;
    const listing = this.catalogue.ensureFresh(connection, age, 'everything');
    if (!known) await listing;
  }

  /** For the claim: as `judge`, with the tool's definition looked up anew. */
  async judgeAnew(
    frame: Frame,
    context: NamedContext,
    connection: ConnectionRecord,
  ): Promise<Verdict> {
    await this.catalogue.ensureFresh(connection, DEFINITION_MAX_AGE_MS);
    return this.judgeAgain(frame, { ...context, connection });
  }

  /** A call that came before: it is not counted again, and the calls before it are the same ones. */
  async judgeAgain(frame: Frame, context: NamedContext): Promise<Verdict> {
    return this.#judgeCounting(frame, context, 'from-client', false);
  }

  async #judgeCounting(
    frame: Frame,
    context: NamedContext,
    direction: Direction,
    arrives: boolean,
  ): Promise<Verdict> {
    for (;;) {
      const asked = this.policies.current();
      const facts = await this.#facts(frame, context, asked, arrives);
      // INVARIANT: the rules that a call is judged by are those that its calls were counted for.
      if (this.policies.current() === asked) return this.judge(frame, context, direction, facts);
    }
  }

  #facts(
    { message }: Frame,
    context: NamedContext,
    { number, policy, counting }: PolicyInForce,
    arrives: boolean,
  ): Promise<DecisionFacts> | undefined {
    const method = 'method' in message ? message.method : '';
    const target = callTarget(message);
    const about = listedCall({ method, target }, context, new Date());
    if (!counting.some((rule) => mayCount(rule, about))) return undefined;
    return this.counts.ask({
      callerKey: context.caller.key,
      connectionId: context.connection.id,
      method,
      target: target.name ?? target.uri ?? '',
      callId: context.callId,
      // Also where this caller's calls are not counted: another client of the same caller may be.
      windows: factsNeeded(policy, about).windows,
      policyVersion: number,
      arrives,
      continues: arrives ? unboundAnswer(context) : undefined,
    });
  }

  /** What a version that was in force once masks in the answer to this call; a later one takes nothing of it back. */
  async masksUnder(
    version: number,
    frame: Frame,
    context: CallContext,
  ): Promise<readonly MaskRule[]> {
    const { policy } = await this.policies.version(version);
    const tool = this.catalogue.find(context.connection.id, callTarget(frame.message).name ?? '');
    return decide(policy, judgedCall(frame, context, tool, new Date())).masks;
  }

  /** With what earlier versions mask too: one that was published meanwhile shows nothing that was hidden. */
  async withMasksUnder(
    versions: readonly number[],
    verdict: Verdict,
    frame: Frame,
    context: CallContext,
  ): Promise<Verdict> {
    const earlier = [...new Set(versions)].filter((version) => version !== verdict.policyVersion);
    if (earlier.length === 0) return verdict;
    const lists = await Promise.all(
      earlier.map((version) => this.masksUnder(version, frame, context)),
    );
    return { ...verdict, masks: unionOf(verdict.masks, ...lists) };
  }

  /**
   * Whether a list shows this caller the item: hidden is what an unconditional rule denies, and a
   * definition that nobody accepted.
   */
  isShown(item: JsonNode, method: string, context: CallContext): boolean {
    if (!this.catalogue.isServable(context.connection, method, item)) return false;
    const { policy } = this.policies.current();
    const callMethod = LISTED_AS[method] ?? '';
    const name = stringMember(item, 'name');
    const template = stringMember(item, 'uriTemplate');
    const uri =
      stringMember(item, 'uri') ??
      (template === undefined ? undefined : addressOfTemplate(template));
    const target = method.startsWith('resources/')
      ? { ...(uri !== undefined && { uri }) }
      : { ...(name !== undefined && { name }) };
    return isListed(policy, listedCall({ method: callMethod, target }, context, new Date()));
  }
}

/** The answer that a round of an allowed call goes on with. One of a held call is continued once at most. */
function unboundAnswer({ continues }: NamedContext): string | undefined {
  const state = continues?.state;
  return state?.kind === 'input' && state.approvalId === null ? state.answerFrameId : undefined;
}

/** Whether calls like this one are counted for somebody. What can't be told is counted. */
function mayCount(rule: CompiledRule, about: ListedCall): boolean {
  try {
    return rule.mayMatch(about);
  } catch {
    return true;
  }
}

const LISTED_AS: Readonly<Record<string, string>> = {
  'tools/list': 'tools/call',
  'prompts/list': 'prompts/get',
  'resources/list': 'resources/read',
  'resources/templates/list': 'resources/read',
};
