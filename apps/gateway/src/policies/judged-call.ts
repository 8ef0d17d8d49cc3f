import type { Caller } from '@holdpoint/contracts';
import { callTarget, member, paramsOf, toValue, type Frame } from '@holdpoint/mcp';
import type { JudgedCall, ListedCall } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { ToolRecord } from '../connections/tool-catalogue.ts';

/** Whose call it is and where it goes: what a policy looks at beside the message. */
export interface CallSetting {
  readonly connection: Pick<ConnectionRecord, 'slug' | 'defaultEffect' | 'readOnly'>;
  readonly caller: Caller;
  readonly session: {
    readonly id: string;
    readonly client: { readonly name: string | null; readonly version: string | null };
  };
}

/** A message as policies judge it, whether it comes in now or was recorded. */
export function judgedCall(
  frame: Frame,
  setting: CallSetting,
  tool: ToolRecord | undefined,
  now: Date,
): JudgedCall {
  const { message } = frame;
  const method = 'method' in message ? message.method : '';
  const params = paramsOf(message);
  const whole = params ? toValue(params) : {};
  const args = member(params, 'arguments');
  return {
    ...listedCall({ method, target: callTarget(message) }, setting, now),
    params: whole,
    args: method === 'tools/call' || method === 'prompts/get' ? (args ? toValue(args) : {}) : whole,
    ...(tool && { tool: toolFacts(tool) }),
  };
}

/** What a list knows of the calls that it offers. */
export function listedCall(
  about: Pick<ListedCall, 'method' | 'target'>,
  { connection, caller, session }: CallSetting,
  now: Date,
): ListedCall {
  return {
    ...about,
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
    now,
  };
}

/** Hints of the upstream, for conditions that ask for them. */
export function toolFacts({
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
