import type {
  ApprovalDetail,
  Caller,
  ErrorCode,
  StoredDecision,
  StoredStep,
} from '@holdpoint/contracts';
import {
  callTarget,
  classifyMethod,
  member,
  paramsOf,
  stringMember,
  toValue,
  type Frame,
  type JsonNode,
  type MethodClass,
} from '@holdpoint/mcp';
import { decide, isListed, type Decision, type JudgedCall, type MaskRule } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { Judgement } from '../approvals/hold-desk.ts';
import { type ConnectionRecord } from '../connections/connection-registry.ts';
import { ToolCatalogue, type ToolRecord } from '../connections/tool-catalogue.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import type { Call } from './call.ts';
import { asSentence } from './sentence.ts';
import type { McpSession } from './session-store.ts';
import { inputSchemaOf } from './tool-schema.ts';

/** Before a claim the definition a release is bound to is looked up anew when older than this. */
const DEFINITION_MAX_AGE_MS = 60_000;
/** A tool that was not in the list may be new; calls to made-up names must not become a flood of listings. */
const UNKNOWN_TOOL_MAX_AGE_MS = 2000;

export interface CallContext {
  readonly connection: ConnectionRecord;
  readonly caller: Caller;
  readonly session: McpSession;
}

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
  ) {}

  judge(
    frame: Frame,
    context: CallContext,
    direction: 'from-client' | 'from-upstream' = 'from-client',
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
    const decision = decide(policy, judgedCall(frame, method, context, tool));
    const base = {
      kind,
      target: target.name ?? target.uri ?? '',
      masks: decision.masks,
      policyVersion: number,
      freezeEpoch: context.connection.freezeEpoch,
      toolDigest: tool?.digest ?? '',
      outputSchema: tool?.outputSchema,
    };
    const settled = this.#settle(kind, method, decision, context.connection, tool);
    const stored = storedDecision(decision, settled);
    const steps =
      settled.effect === 'hold' ? stepsFor(decision, policy.chains, context.connection) : [];
    if (settled.effect === 'hold' && steps.length === 0) {
      const explanation =
        'This call needs an approval, but its chain names nobody who could give it. Ask an admin to correct the chain.';
      return {
        ...base,
        effect: 'deny',
        refusal: 'denied',
        decision: { ...stored, effect: 'deny', explanation },
        steps: [],
      };
    }
    return { ...base, effect: settled.effect, refusal: settled.refusal, decision: stored, steps };
  }

  /**
   * A tool that nobody has listed yet is looked up before it is judged; a known one is looked up
   * again in the background, so that the data path waits for no listing. Answers its input schema.
   */
  async prepare(
    call: Pick<Call, 'method' | 'target' | 'connection'>,
  ): Promise<JsonNode | undefined> {
    if (call.method !== 'tools/call') return undefined;
    const known = this.catalogue.find(call.connection.id, call.target) !== undefined;
    const listing = this.catalogue.ensureFresh(
      call.connection,
      known ? DEFINITION_MAX_AGE_MS : UNKNOWN_TOOL_MAX_AGE_MS,
    );
    if (!known) await listing;
    return inputSchemaOf(this.catalogue.find(call.connection.id, call.target));
  }

  /** For the claim: as `judge`, with the tool's definition looked up anew. */
  async judgeAnew(
    frame: Frame,
    context: CallContext,
    connection: ConnectionRecord,
  ): Promise<Verdict> {
    await this.catalogue.ensureFresh(connection, DEFINITION_MAX_AGE_MS);
    return this.judge(frame, { ...context, connection });
  }

  /** What a version that was in force once masks in the answer to this call; a later one takes nothing of it back. */
  async masksUnder(
    version: number,
    frame: Frame,
    context: CallContext,
  ): Promise<readonly MaskRule[]> {
    const { policy } = await this.policies.version(version);
    const method = 'method' in frame.message ? frame.message.method : '';
    const tool = this.catalogue.find(context.connection.id, callTarget(frame.message).name ?? '');
    return decide(policy, judgedCall(frame, method, context, tool)).masks;
  }

  /** Whether a list shows this caller the item: hidden is what an unconditional rule denies. */
  isShown(item: JsonNode, method: string, context: CallContext): boolean {
    const { policy } = this.policies.current();
    const callMethod = LISTED_AS[method] ?? '';
    const name = stringMember(item, 'name');
    const uri = stringMember(item, 'uri') ?? stringMember(item, 'uriTemplate');
    const target = method.startsWith('resources/')
      ? { ...(uri !== undefined && { uri }) }
      : { ...(name !== undefined && { name }) };
    return isListed(policy, {
      ...callBase(context),
      method: callMethod,
      target,
    });
  }

  #settle(
    kind: MethodClass,
    method: string,
    decision: Decision,
    connection: ConnectionRecord,
    tool: ToolRecord | undefined,
  ): Settled {
    if (kind === 'never-held')
      return { effect: 'allow', source: decision.source, refusal: 'denied' };
    if (connection.frozen) {
      const explanation = `The connection ${connection.title} is frozen, so nothing passes: ${asSentence(connection.frozen.reason)}`;
      return { effect: 'deny', source: 'frozen', refusal: 'frozen', explanation };
    }
    if (kind === 'list') {
      // A list passes unless a rule names it; it is filtered and masked instead of held.
      const denied = decision.effect === 'deny' && decision.source === 'rule';
      return { effect: denied ? 'deny' : 'allow', source: decision.source, refusal: 'denied' };
    }
    if (kind === 'unknown-notification' && decision.effect !== 'allow') {
      return { effect: 'deny', source: decision.source, refusal: 'denied' };
    }
    const unlisted = method === 'tools/call' && tool === undefined;
    if (unlisted && decision.effect === 'allow') {
      const explanation = 'The upstream does not list this tool, so a person looks at the call.';
      return { effect: 'hold', source: 'catalogue', refusal: 'denied', explanation };
    }
    return { effect: decision.effect, source: decision.source, refusal: 'denied' };
  }
}

interface Settled {
  readonly effect: 'allow' | 'hold' | 'deny';
  readonly source: StoredDecision['source'];
  readonly refusal: ErrorCode;
  readonly explanation?: string;
}

const LISTED_AS: Readonly<Record<string, string>> = {
  'tools/list': 'tools/call',
  'prompts/list': 'prompts/get',
  'resources/list': 'resources/read',
  'resources/templates/list': 'resources/read',
};

function callBase({
  connection,
  caller,
  session,
}: CallContext): Omit<JudgedCall, 'method' | 'target' | 'args' | 'params'> {
  return {
    connection: {
      name: connection.slug,
      defaultEffect: connection.defaultEffect,
      readOnly: connection.readOnly,
    },
    caller: {
      subject: caller.subject,
      issuer: caller.issuer,
      groups: caller.groups,
      kind: caller.kind,
      ...(caller.clientId !== null && { clientId: caller.clientId }),
    },
    client: {
      ...(session.client.name !== null && { name: session.client.name }),
      ...(session.client.version !== null && { version: session.client.version }),
    },
    session: { id: session.id },
    now: new Date(),
  };
}

function judgedCall(
  frame: Frame,
  method: string,
  context: CallContext,
  tool: ToolRecord | undefined,
): JudgedCall {
  const params = paramsOf(frame.message);
  const target = callTarget(frame.message);
  const whole = params ? toValue(params) : {};
  const args = member(params, 'arguments');
  return {
    ...callBase(context),
    method,
    target,
    params: whole,
    args: method === 'tools/call' || method === 'prompts/get' ? (args ? toValue(args) : {}) : whole,
    ...(tool && { tool: toolFacts(tool) }),
  };
}

/** Hints of the upstream, for conditions that ask for them. */
function toolFacts({
  name,
  title,
  description,
  annotations,
  inputSchema,
}: ToolRecord): NonNullable<JudgedCall['tool']> {
  return {
    name,
    inputSchema,
    ...(title != null && { title }),
    ...(description != null && { description }),
    ...(isRecord(annotations) && { annotations }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function storedDecision(decision: Decision, settled: Settled): StoredDecision {
  const rules: ApprovalDetail['rules'] = decision.deciding.map((rule) => ({
    ruleId: rule.ruleId,
    effect: rule.effect ?? null,
    description: rule.description ?? null,
    message: rule.message ?? null,
    condition: rule.condition?.source ?? null,
    error: rule.condition?.error ?? null,
  }));
  return {
    effect: settled.effect,
    source: settled.source,
    explanation: settled.explanation ?? decision.explanation,
    rules,
    chains: [...decision.chains],
    masks: decision.masks.map(describeMask),
  };
}

function describeMask(mask: MaskRule): string {
  return 'field' in mask ? `${mask.field} (${mask.as})` : `${mask.detect.join(', ')} (${mask.as})`;
}

/** The chains of all matching holds, one after the other; `null` stands for the connection's default chain. */
function stepsFor(
  decision: Decision,
  chains: Chains,
  connection: ConnectionRecord,
): readonly StoredStep[] {
  const wanted = decision.chains.length === 0 ? [null] : [...new Set(decision.chains)];
  const steps = wanted.map((name) =>
    name === null ? defaultSteps(connection) : chainSteps(name, chains, connection),
  );
  // A chain that nobody can satisfy means deny: an empty one must not vanish between others.
  if (steps.some((chain) => chain.length === 0)) return [];
  return steps.flat().every(isSatisfiableStep) ? steps.flat() : [];
}

type Chains = ReturnType<PolicyStore['current']>['policy']['chains'];

function defaultSteps(connection: ConnectionRecord): readonly StoredStep[] {
  return connection.chain.map((step) => ({
    chain: 'default',
    reviewers: { groups: [...step.groups], people: [...step.people] },
    quorum: step.quorum,
    deadlineMs: connection.approvalWindowMs,
    onDeadline: 'deny',
  }));
}

function chainSteps(
  name: string,
  chains: Chains,
  connection: ConnectionRecord,
): readonly StoredStep[] {
  return (chains.get(name)?.steps ?? []).map((step) => ({
    chain: name,
    reviewers: { groups: [...step.reviewers.groups], people: [...step.reviewers.people] },
    quorum: step.quorum,
    deadlineMs: step.deadlineMs ?? connection.approvalWindowMs,
    onDeadline: 'deny',
  }));
}

function isSatisfiableStep(step: StoredStep): boolean {
  return step.reviewers.groups.length > 0 || step.reviewers.people.length >= step.quorum;
}
