import { toolCall, type Agent } from './agent.ts';
import { until, type McpBench } from './mcp-bench.ts';

export const TASKS = '{"extensions":{"io.modelcontextprotocol/tasks":{}}}';
export const meta = (capabilities: string) =>
  `{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"spec","version":"1"},"io.modelcontextprotocol/clientCapabilities":${capabilities}}`;
export const headersFor = (method: string, name: string) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  'mcp-name': name,
});

/** A task as its agent is told of it. */
export interface Told {
  readonly resultType: string;
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly inputRequests?: unknown;
}

type HeldTold = Told & { readonly approval: string };

/** What an agent that understands tasks says, and what becomes of the approvals behind them. */
export class TaskTalk {
  #count = 0;

  constructor(
    private readonly bench: McpBench,
    private readonly agent: Agent,
  ) {}

  /** Arguments of a call like no other: a held call joins its twins. */
  readonly fresh = (): string => `{"task":${(this.#count += 1)}}`;

  readonly call = (args: string, by = this.agent, capabilities = TASKS, tool = 'write') =>
    by.post(toolCall(1, tool, args, meta(capabilities)), headersFor('tools/call', tool));

  /** A call that is held, and answered by its task, which its agent has asked for once. */
  readonly held = async (args = this.fresh(), by = this.agent): Promise<HeldTold> => {
    const task = await this.handed(args, by);
    await this.get(task.taskId, by);
    return task;
  };

  /** As `held`, and nobody knows yet whether the agent has the handle. */
  readonly handed = async (args = this.fresh(), by = this.agent): Promise<HeldTold> => {
    const text = await (await this.call(args, by)).text();
    const { result } = JSON.parse(text);
    if (result?.resultType !== 'task') throw new Error(`No task: ${text}`);
    return { ...result, approval: result._meta['holdpoint/approval'].id };
  };

  readonly ask = async (
    method: string,
    taskId: string,
    by = this.agent,
    capabilities = TASKS,
    rest = '',
  ) => {
    const answer = await by.post(
      `{"jsonrpc":"2.0","id":"q","method":"${method}","params":{"taskId":${JSON.stringify(taskId)}${rest},"_meta":${meta(capabilities)}}}`,
      headersFor(method, taskId),
    );
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };

  readonly get = async (taskId: string, by = this.agent): Promise<Told> => {
    const { body } = await this.ask('tasks/get', taskId, by);
    if (!body.result) throw new Error(JSON.stringify(body));
    return body.result;
  };

  readonly becomes = (taskId: string, status: string, by = this.agent): Promise<Told> =>
    until(async () => {
      const told = await this.get(taskId, by);
      return told.status === status && told;
    }, `the task becomes ${status}`);

  /** The agent has not polled for longer than three intervals. */
  readonly lapse = async (approval: string): Promise<void> => {
    await this.bench.database.pool.query(
      `update approval set waiter_until = now() - interval '1 second' where id = $1`,
      [approval],
    );
  };

  readonly approvalOf = async (id: string): Promise<{ state: string; waiting: boolean }> => {
    const { rows } = await this.bench.database.pool.query(
      `select state, waiter_until > now() as waiting from approval where id = $1`,
      [id],
    );
    return { state: rows[0]?.state, waiting: rows[0]?.waiting === true };
  };

  readonly settled = (id: string, state: string): Promise<true> =>
    until(
      async () => (await this.approvalOf(id)).state === state || undefined,
      `the approval becomes ${state}`,
    );
}

export const aWhile = () => new Promise((resolve) => setTimeout(resolve, 1500));
