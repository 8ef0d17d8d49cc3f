import type { EditInput } from '@holdpoint/contracts';
import { McpError, parseClientFrame, parseJson, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { EditDesk } from '../approvals/edit-desk.ts';
import { HeldEdits, withArguments } from '../approvals/held-edits.ts';
import { HeldPayload } from '../approvals/held-payload.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { ConfirmedPerson, SignedInPerson } from '../identity/signed-in-person.ts';
import { Judge } from '../mcp/judge.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { validatorOf, type Validator } from '../platform/json-schema.ts';
import { whyDenied } from '../policies/ruling.ts';

const FAULTS_TOLD = 3;

/** Proposals of other arguments for a held call: read strictly, checked by the tool's schema, judged. */
@Injectable()
export class EditsService {
  constructor(
    private readonly desk: EditDesk,
    private readonly edits: HeldEdits,
    private readonly payload: HeldPayload,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly judge: Judge,
  ) {}

  propose(id: string, input: EditInput, person: SignedInPerson): Promise<void> {
    return this.desk.by(id, 'propose', person, (confirmed) => this.#propose(id, input, confirmed));
  }

  withdraw(id: string, number: number, person: SignedInPerson): Promise<void> {
    return this.desk.by(id, 'withdraw', person, (confirmed) =>
      this.desk.withdraw(id, number, confirmed),
    );
  }

  async #propose(id: string, input: EditInput, person: ConfirmedPerson): Promise<void> {
    const approval = await this.desk.read(id);
    // Before anything of the call is looked at; decided once more under the row's lock.
    await this.desk.mayPropose(approval, person);
    if (approval.method !== 'tools/call') throw onlyTools();
    const asked = await this.#asked(approval);
    const frame = read(asked, input.argumentsText);
    const connection = this.connections.byId(approval.connectionId);
    if (connection === undefined) throw gone('Its connection was removed.');
    const { caller, callId, sessionId, client } = approval;
    const context = { connection, caller, callId, session: { id: sessionId, client } };
    const now = await this.judge.judgeAnew(frame, context, connection);
    this.#check(approval, input.argumentsText);
    if (now.effect === 'deny') throw denied(whyDenied(now.decision));
    const proposed = {
      argumentsText: input.argumentsText,
      note: input.note === undefined || input.note === '' ? null : input.note,
      paramsDigest: this.edits.digestOf(frame),
      askedDigest: this.edits.digestOf(asked),
      now,
    };
    await this.desk.propose(id, input.step, proposed, person);
  }

  async #asked({ requestFrameId }: ApprovalRecord): Promise<Frame> {
    const text = (await this.payload.texts([requestFrameId])).get(requestFrameId);
    if (text === undefined) throw gone('Its request is no longer kept.');
    return parseClientFrame(Buffer.from(text), { maxBytes: Number.MAX_SAFE_INTEGER });
  }

  /** INVARIANT: what can't be checked is not proposed, let alone sent. */
  #check({ connectionId, target, toolDigest }: ApprovalRecord, argumentsText: string): void {
    const tool = this.catalogue.find(connectionId, target);
    if (tool === undefined) throw gone('The upstream does not list this tool.');
    if (tool.digest !== toolDigest)
      throw gone('The tool’s definition changed after the call was held.');
    const { inputSchema } = tool;
    if (typeof inputSchema !== 'object' || inputSchema === null) throw gone('It has no schema.');
    let check: Validator;
    try {
      check = validatorOf(inputSchema);
    } catch {
      throw gone('The schema of the tool can’t be read.');
    }
    const value: unknown = JSON.parse(argumentsText);
    const faults = check(value).slice(0, FAULTS_TOLD);
    if (faults.length === 0) return;
    const told = faults.map(({ instancePath, message }) =>
      `${instancePath} ${message ?? ''}`.trim(),
    );
    throw invalid(`the arguments are not what the tool’s schema wants: ${told.join('; ')}.`);
  }
}

/** Attacker-controlled in so far as a browser sent it: read as strictly as anything of an agent's. */
function read(asked: Frame, argumentsText: string): Frame {
  try {
    if (parseJson(argumentsText, { mode: 'strict' }).kind !== 'object')
      throw invalid('arguments are a JSON object.');
    return withArguments(asked, argumentsText);
  } catch (error) {
    if (error instanceof McpError) throw invalid(`they can’t be read. ${error.message}`);
    throw error;
  }
}

function invalid(why: string): GatewayError {
  return new GatewayError('edit_invalid', `Your change was not proposed: ${why}`);
}

function denied(why: string): GatewayError {
  return new GatewayError(
    'edit_denied',
    `Your change was not proposed: with these arguments the policy denies the call. ${why}`,
  );
}

function gone(why: string): GatewayError {
  return new GatewayError(
    'edit_unsupported',
    `Your change was not proposed: it can’t be checked. ${why} Decide about the call as it is.`,
  );
}

function onlyTools(): GatewayError {
  return new GatewayError(
    'edit_unsupported',
    'Your change was not proposed: only the arguments of a tool call can be changed. Decide about this call as it is.',
  );
}
