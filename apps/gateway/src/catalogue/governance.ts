import type { CatalogueKind, Governance } from '@holdpoint/contracts';
import { rulesAbout, type CompiledPolicy, type ReadOnlyMarks } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { ToolRecord } from '../connections/definition.ts';
import { toolFacts } from '../policies/judged-call.ts';
import { addressOfTemplate } from '../connections/template-address.ts';

/** Something that can be called. */
export interface Callable {
  readonly method: string;
  readonly target: { readonly name?: string; readonly uri?: string };
  readonly tool?: ToolRecord | undefined;
}

/** Calls of what no list names. `*` stands for a method that nobody knows. */
export const OTHER_METHODS = [
  'completion/complete',
  'subscriptions/listen',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
  '*',
] as const;

/** The call that an item of a catalogue is for. A template is judged by what is fixed in it, as lists are. */
export function callableOf(
  kind: CatalogueKind,
  name: string,
  tool: ToolRecord | undefined,
): Callable {
  switch (kind) {
    case 'tool':
      return { method: 'tools/call', target: { name }, tool };
    case 'prompt':
      return { method: 'prompts/get', target: { name } };
    case 'resource':
      return { method: 'resources/read', target: { uri: name } };
    case 'template':
      return { method: 'resources/read', target: { uri: addressOfTemplate(name) } };
    default:
      return kind satisfies never;
  }
}

/** Which rules of a policy may be about such calls, and what happens where none decides. */
export function governanceOf(
  policy: CompiledPolicy | undefined,
  connection: ConnectionRecord,
  { method, target, tool }: Callable,
): Governance {
  const about = policy && {
    connection: { name: connection.slug },
    method,
    target,
    ...(tool && { tool: toolFacts(tool) }),
  };
  const { rules, governed } =
    policy && about ? rulesAbout(policy, about) : { rules: [], governed: false };
  const deciding = rules.some(({ effect, observed }) => effect !== undefined && !observed);
  const byDefault = policy?.defaultEffect ?? connection.defaultEffect;
  const isMarkedReadOnly = isMarked(connection.readOnly, method, target.name);
  return {
    rules: rules.map(({ callers, effect, ...rule }) => ({
      ...rule,
      effect: effect ?? null,
      callers: callers ?? null,
    })),
    governed: governed ? 'always' : deciding ? 'sometimes' : 'none',
    otherwise: {
      effect: byDefault === 'hold' && isMarkedReadOnly ? 'allow' : byDefault,
      isMarkedReadOnly,
    },
  };
}

function isMarked(marks: ReadOnlyMarks, method: string, name: string | undefined): boolean {
  switch (method) {
    case 'tools/call':
      return name !== undefined && marks.tools.includes(name);
    case 'prompts/get':
      return marks.prompts;
    case 'resources/read':
      return marks.resources;
    case 'completion/complete':
      return marks.completion;
    case 'subscriptions/listen':
      return marks.subscriptions;
    default:
      return false;
  }
}
