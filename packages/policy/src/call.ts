import type { Effect } from './schema.ts';

/** The kinds of calls that an admin marked as only reading, per connection. */
export interface ReadOnlyMarks {
  readonly tools: readonly string[];
  readonly resources: boolean;
  readonly prompts: boolean;
  readonly completion: boolean;
  readonly subscriptions: boolean;
}

/**
 * Everything that a decision may look at. `target`, `args`, `params`, `tool`, `client` and
 * `session` come from agents and upstreams and are hostile; the rest is the gateway's own.
 */
export interface JudgedCall {
  readonly connection: {
    readonly name: string;
    readonly defaultEffect: Effect;
    readonly readOnly: ReadOnlyMarks;
  };
  readonly method: string;
  /** Name of the tool or prompt, or address of the resource. */
  readonly target: { readonly name?: string; readonly uri?: string };
  /** Plain JSON values; integers beyond the safe range are bigints. */
  readonly args: unknown;
  readonly params: unknown;
  readonly tool?: {
    readonly name: string;
    readonly title?: string;
    readonly description?: string;
    readonly annotations?: Readonly<Record<string, unknown>>;
    readonly inputSchema?: unknown;
  };
  readonly caller: {
    readonly subject: string;
    readonly issuer: string;
    readonly groups: readonly string[];
    readonly kind: 'person' | 'service';
    readonly clientId?: string;
  };
  /** What the client says about itself: unproven. */
  readonly client?: { readonly name?: string; readonly version?: string };
  readonly session: { readonly id?: string };
  readonly now: Date;
}

/** A call as far as a list of tools, resources or prompts knows it. */
export type ListedCall = Omit<JudgedCall, 'args' | 'params'>;

/** Whether an admin's read-only mark covers the call. */
export function isMarkedReadOnly(call: JudgedCall): boolean {
  const { readOnly } = call.connection;
  switch (call.method) {
    case 'tools/call':
      return call.target.name !== undefined && readOnly.tools.includes(call.target.name);
    case 'resources/read':
      return readOnly.resources;
    case 'prompts/get':
      return readOnly.prompts;
    case 'completion/complete':
      return readOnly.completion;
    case 'resources/subscribe':
    case 'resources/unsubscribe':
    case 'subscriptions/listen':
      return readOnly.subscriptions;
    default:
      return false;
  }
}
