import type { ApprovalDetail, EditInput } from '@holdpoint/contracts';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { EditsService } from '../edits/edits.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall, type Agent, type AgentAnswer } from './agent.ts';
import { approveAsShown } from './approve-as-shown.ts';
import { startMcpBench, type McpBench } from './mcp-bench.ts';
import { reviewerNamed } from './reviewers.ts';
import { signedInNow } from './verdict-giver.ts';

export const EDITS_POLICY = `rules:
  - { id: writes, match: { tools: [write] }, effect: hold }
  - { id: large, match: { tools: [write] }, when: args.n > 1000, effect: hold, approval: security }
  - { id: signed, match: { tools: [write] }, when: args.n == 8000, effect: hold, stepUp: passkey }
  - { id: huge, match: { tools: [write] }, when: args.n > 9000, effect: deny, message: Not so many at once. }
  - { id: resources, match: { methods: [resources/read] }, effect: hold }
chains: { security: { steps: [{ reviewers: { groups: [security] } }] } }
`;

export const RILEY = reviewerNamed('riley', 'reviewers');
export const AVERY = reviewerNamed('avery', 'reviewers');

/** Held calls from the arguments that were asked to the answer to others. */
export class EditsBench {
  #calls = 0;

  private constructor(
    readonly mcp: McpBench,
    /** Its calls wait for a second, and it comes back for the rest. */
    readonly agent: Agent,
  ) {}

  static async start(): Promise<EditsBench> {
    const mcp = await startMcpBench({
      HOLDPOINT_ROLES: '{"reviewer":["reviewers","security"],"admin":[],"auditor":[]}',
    });
    mcp.upstream.tools.set('write', {
      name: 'write',
      inputSchema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: { n: { type: 'integer' }, note: { type: 'string' } },
        required: ['n'],
        additionalProperties: false,
      },
    });
    await mcp.connect({ slug: 'hasty', holdDeadlineS: 1 });
    await mcp.connect({ slug: 'lonely', chain: [{ people: [RILEY.key] }] });
    await mcp.publish(EDITS_POLICY);
    const bench = new EditsBench(mcp, await mcp.agent('robot', 'hasty'));
    await (await bench.agent.initialize()).text();
    return bench;
  }

  /** An agent whose calls wait as long as it takes. */
  async patient(): Promise<Agent> {
    const agent = await this.mcp.agent('robot', 'demo');
    await (await agent.initialize()).text();
    return agent;
  }

  /** A number that no call said before. */
  next(): number {
    return (this.#calls += 1);
  }

  async hold(
    as = this.agent,
  ): Promise<{ n: number; frame: string; answer: AgentAnswer; id: string }> {
    const n = this.next();
    const frame = toolCall(n, 'write', `{"n":${n}, "note" : "as asked"}`);
    const answer = await as.post(frame);
    const { id } = await this.mcp.approval('held');
    return { n, frame, answer, id };
  }

  async propose(
    id: string,
    argumentsText: string,
    who = RILEY,
    more: Partial<EditInput> = {},
  ): Promise<void> {
    const input = { step: 0, argumentsText, ...more };
    const { context } = this.mcp;
    await context.get(EditsService).propose(id, input, await signedInNow(context, who));
  }

  async withdraw(id: string, number: number, who = RILEY): Promise<void> {
    const { context } = this.mcp;
    await context.get(EditsService).withdraw(id, number, await signedInNow(context, who));
  }

  detailOf(id: string, who = AVERY): Promise<ApprovalDetail> {
    return this.mcp.context.get(ApprovalsView).detail(id, who);
  }

  async approve(id: string, step: number, who: SignedInPerson): Promise<void> {
    await approveAsShown(this.mcp.context, id, who, step);
  }

  /** Nothing waits any more. */
  async reset(): Promise<void> {
    this.mcp.upstream.reset();
    await this.mcp.database.pool.query(
      `update approval set state = 'expired' where state in ('held', 'approved')`,
    );
  }

  close(): Promise<void> {
    return this.mcp.close();
  }
}
