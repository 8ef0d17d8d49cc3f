import { classifyMethod, type Frame } from '@holdpoint/mcp';
import {
  decide,
  factsNeeded,
  type CompiledPolicy,
  type Decision,
  type DecisionFacts,
  type JudgedCall,
} from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { ConnectionRecord } from '../../connections/connection-registry.ts';
import { ToolCatalogue } from '../../connections/tool-catalogue.ts';
import { RotaRegistry } from '../../rotas/rota-registry.ts';
import { judgedCall, toolFacts, type CallSetting } from '../judged-call.ts';
import { rule, type Ruling, type RulingOn } from '../ruling.ts';

/** A call that policies can be asked about. */
export interface Case {
  readonly call: JudgedCall;
  readonly on: RulingOn;
}

/** What one policy makes of a call. */
export interface CaseRuling {
  readonly ruling: Ruling;
  readonly decision: Decision;
}

/** Of the connection alone: a caller's freeze, or one of everything, says nothing about a policy. */
export function freezeOf({ frozen, title }: ConnectionRecord): RulingOn['frozen'] {
  return frozen && { ...frozen, scope: 'connection', title };
}

/** Judges recorded and made-up calls as the data path judges those that come in. */
@Injectable()
export class CallJudge {
  constructor(
    private readonly catalogue: ToolCatalogue,
    private readonly rotas: RotaRegistry,
  ) {}

  /** With the connection and the tool as they are now, and the caller and the time as they were. */
  caseOf(frame: Frame, connection: ConnectionRecord, setting: CallSetting, at: Date): Case {
    const { message } = frame;
    const method = 'method' in message ? message.method : '';
    const bare = judgedCall(frame, setting, undefined, at);
    const { tool, quarantined } = this.standing(connection, method, bare.target);
    return {
      call: tool === undefined ? bare : { ...bare, tool },
      on: {
        kind: classifyMethod(method, 'from-client', message.kind === 'request'),
        method,
        connection,
        frozen: freezeOf(connection),
        isToolListed: tool !== undefined,
        quarantined,
        rotas: this.rotas.people(),
      },
    };
  }

  /** Lists the tools of a connection that nobody has called yet: what wasn't looked for isn't missing. */
  async meet(connection: ConnectionRecord): Promise<void> {
    if (!this.catalogue.isLoaded(connection.id)) await this.catalogue.ensureFresh(connection, 0);
  }

  /** What the catalogue says about what is called. */
  standing(connection: ConnectionRecord, method: string, target: JudgedCall['target']) {
    const known =
      method === 'tools/call' && target.name !== undefined
        ? this.catalogue.find(connection.id, target.name)
        : undefined;
    return {
      tool: known && toolFacts(known),
      quarantined: this.catalogue.quarantineOf(connection, method, target),
    };
  }

  /** @param facts - what is fetched for the windows that the policy asks about */
  judge(
    policy: CompiledPolicy,
    { call, on }: Case,
    facts: (windows: readonly string[]) => DecisionFacts,
  ): CaseRuling {
    const { windows } = factsNeeded(policy, call);
    const known = facts(windows);
    const decision = decide(policy, call, known);
    return { decision, ruling: rule(decision, policy.chains, { ...on, facts: known }) };
  }
}
