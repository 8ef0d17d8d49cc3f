import { shownDigest } from '@holdpoint/approval';
import { compileMasks, maskFrame, type MaskRule } from '@holdpoint/masking';
import { member, parseClientFrame, parseJson } from '@holdpoint/mcp';
import { decide } from '@holdpoint/policy';
import type { ShownArguments } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../../approvals/approval.ts';
import { HeldEdits } from '../../approvals/held-edits.ts';
import { findLastRun } from '../../approvals/approval.sql.ts';
import { argumentsTextOf, otherParamsTextOf } from '../../approvals/held-payload.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import { ToolCatalogue } from '../../connections/tool-catalogue.ts';
import { Database } from '../../platform/database.ts';
import { judgedCall } from '../../policies/judged-call.ts';
import { PolicyStore, type PolicyInForce } from '../../policies/policy-store.ts';
import { block } from '../senders/plain.ts';
import type { HeldArgumentsShown } from './notice.ts';

/** Enough to decide by, short enough for a message on a telephone. */
const MAX_CHARACTERS = 2400;
/** What can't be seen is written out, up to tenfold: Slack and Teams refuse messages that are too long. */
const MAX_WRITTEN = 4800;
const LENIENT = { mode: 'lenient' } as const;
const ANY_SIZE = { maxBytes: Number.MAX_SAFE_INTEGER };

/** Whatever a policy says: no credential of anybody's is worth a message. */
const ALWAYS: readonly MaskRule[] = [{ detect: ['secret'], as: 'redact' }];

/** The arguments of a held call as they may leave the house: masked as its answers are, and bounded. */
@Injectable()
export class HeldArguments {
  constructor(
    private readonly edits: HeldEdits,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly policies: PolicyStore,
    private readonly database: Database,
  ) {}

  /**
   * `null` where they are gone, or can't be masked.
   * INVARIANT: what no mask was asked about is not shown.
   */
  async of(approval: ApprovalRecord): Promise<HeldArgumentsShown> {
    const text = (await this.edits.requestTexts([approval])).get(approval.id);
    const connection = this.connections.byId(approval.connectionId);
    if (text === undefined || connection === undefined) return { arguments: null, digest: null };
    const frame = parseClientFrame(Buffer.from(text), ANY_SIZE);
    const tool = this.catalogue.find(approval.connectionId, approval.target);
    const session = { id: approval.sessionId, client: approval.client };
    const call = judgedCall(
      frame,
      { connection, caller: approval.caller, session },
      tool,
      new Date(),
    );
    const versions: readonly PolicyInForce[] = [
      this.policies.current(),
      await this.policies.version(approval.heldPolicyVersion),
    ];
    const rules = versions.flatMap(({ policy }) => decide(policy, call).masks);
    const argumentsText = argumentsTextOf(text);
    const masked = shown(argumentsText, [...rules, ...ALWAYS]);
    return { arguments: masked, digest: await this.#digest(approval, text, masked) };
  }

  /**
   * INVARIANT: nobody approves by a message what it doesn't show whole: nothing masked or left out, no
   * params beside the arguments, no identical call that ran or may run.
   */
  async #digest(
    approval: ApprovalRecord,
    text: string,
    masked: ShownArguments | null,
  ): Promise<string | null> {
    const whole = masked !== null && masked.masked === 0 && masked.omitted === 0;
    const otherParamsText = otherParamsTextOf(text);
    const needsPasskey = approval.steps.some(({ passkeyRules }) => (passkeyRules ?? []).length > 0);
    if (!whole || otherParamsText !== null || needsPasskey) return null;
    if (await findLastRun(this.database.pool, approval, approval.id)) return null;
    const { method, target } = approval;
    return shownDigest({
      method,
      target: target === '' ? null : target,
      argumentsText: argumentsTextOf(text),
      otherParamsText,
    });
  }
}

/** Masked as an upstream's own data would be, where field rules begin; numbers stay as they are written. */
export function shown(argumentsText: string, rules: readonly MaskRule[]): ShownArguments | null {
  const framed = `{"jsonrpc":"2.0","id":0,"result":{"structuredContent":${argumentsText}}}`;
  const { text, hitCount, overBudget } = maskFrame(
    { text: framed, root: parseJson(framed, LENIENT) },
    compileMasks(rules),
  );
  if (overBudget !== null) return null;
  const node = member(member(parseJson(text, LENIENT), 'result'), 'structuredContent');
  if (node === undefined) return null;
  const masked = text.slice(node.start, node.end);
  const kept = masked.slice(0, lengthToShow(masked));
  return {
    text: kept.toWellFormed(),
    characters: masked.length,
    omitted: masked.length - kept.length,
    masked: hitCount,
  };
}

/**
 * INVARIANT: nothing an agent writes makes a message too long for where it goes: whoever is asked would
 * never know that it waits.
 */
function lengthToShow(text: string): number {
  let length = Math.min(text.length, MAX_CHARACTERS);
  for (;;) {
    const written = block(text.slice(0, length)).length;
    if (written <= MAX_WRITTEN) return length;
    length = Math.floor((length * MAX_WRITTEN) / written);
  }
}
