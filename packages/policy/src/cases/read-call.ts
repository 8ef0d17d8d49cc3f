import {
  callTarget,
  classifyMethod,
  decodeUtf8,
  McpError,
  member,
  paramsOf,
  parseClientFrame,
  parseJson,
  quoteJson,
  toValue,
  type Frame,
  type MethodClass,
} from '@holdpoint/mcp';
import { z } from 'zod';
import type { JudgedCall } from '../call.ts';
import type { DecisionFacts } from '../decide.ts';
import { PolicyError } from '../policy-error.ts';

/** A call of a file, ready to be judged as the gateway would judge it. */
export interface FiledCall {
  readonly kind: MethodClass;
  readonly call: JudgedCall;
  /** What the gateway would fetch beside the call. */
  readonly facts: DecisionFacts;
}

const toolSchema = z.object({
  name: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
  inputSchema: z.unknown().optional(),
});

const callSchema = z.object({
  connection: z.string().min(1),
  method: z.string(),
  caller: z.object({
    subject: z.string(),
    groups: z.array(z.string()),
    issuer: z.string().default(''),
    kind: z.enum(['person', 'service']).default('person'),
    clientId: z.string().nullish(),
  }),
  tool: toolSchema.nullish(),
  now: z.iso.datetime({ offset: true }).optional(),
  counts: z.record(z.string(), z.int().min(0)).optional(),
});

/**
 * Reads one call: `{connection, method, params, caller: {subject, groups}, tool?}`, and where a
 * rule asks for them `now`, `counts` by window, `caller.issuer`, `caller.kind` and
 * `caller.clientId`.
 *
 * Method and parameters go through the strict frame parser as text, so that what the endpoint
 * refuses is refused here too, and numbers keep their digits.
 *
 * @param input - one JSON object; bytes or text
 * @param now - the time of the call where it names none
 * @throws McpError with the parser's code; PolicyError `bad_call` where a key is missing or wrong
 */
export function readCall(input: Uint8Array | string, now: Date): FiledCall {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  const root = parseJson(text, { mode: 'strict' });
  const parsed = callSchema.safeParse(toValue(root));
  if (!parsed.success) throw new PolicyError('bad_call', faultOf(parsed.error));

  const { connection, method, caller, tool, now: at, counts = {} } = parsed.data;
  const params = member(root, 'params');
  const frame = frameOf(method, params && text.slice(params.start, params.end));
  const { issuer, kind, subject, groups, clientId } = caller;
  const target = callTarget(frame.message);
  return {
    kind: classifyMethod(method, 'from-client', true),
    call: {
      connection: { name: connection, defaultEffect: 'hold', readOnly: NOTHING_READ_ONLY },
      method,
      target,
      ...contentOf(frame, method),
      caller: { subject, groups, issuer, kind, ...(clientId != null && { clientId }) },
      ...(tool && { tool: toolOf(tool, target.name ?? '') }),
      session: {},
      now: at === undefined ? now : new Date(at),
    },
    facts: { counts },
  };
}

/** Marks belong to a registered connection; here only rules and the file's default decide. */
const NOTHING_READ_ONLY: JudgedCall['connection']['readOnly'] = {
  tools: [],
  resources: false,
  prompts: false,
  completion: false,
  subscriptions: false,
};

function frameOf(method: string, params: string | undefined): Frame {
  const members = ['"jsonrpc":"2.0"', '"id":1', `"method":${quoteJson(method)}`];
  if (params !== undefined) members.push(`"params":${params}`);
  return parseClientFrame(new TextEncoder().encode(`{${members.join(',')}}`));
}

function contentOf(frame: Frame, method: string): Pick<JudgedCall, 'args' | 'params'> {
  const node = paramsOf(frame.message);
  const params = node === undefined ? {} : toValue(node);
  if (method !== 'tools/call' && method !== 'prompts/get') return { params, args: params };
  const args = member(node, 'arguments');
  return { params, args: args === undefined ? {} : toValue(args) };
}

function toolOf(
  { name, title, description, annotations, inputSchema }: z.infer<typeof toolSchema>,
  called: string,
): NonNullable<JudgedCall['tool']> {
  return {
    name: name ?? called,
    inputSchema,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(annotations !== undefined && { annotations }),
  };
}

function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? 'The call' : `"${place}"`}: ${issue?.message ?? 'not a call'}.`;
}

/** What to print about a call that can't be read; `undefined` for a fault of ours. */
export function callFault(error: unknown): { code: string; message: string } | undefined {
  if (!(error instanceof McpError || error instanceof PolicyError)) return undefined;
  return { code: error.code, message: error.message };
}
