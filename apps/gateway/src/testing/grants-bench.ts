import { shownBy } from '@holdpoint/approval';
import type { ApprovalDetail, Grant, GrantVerdict } from '@holdpoint/contracts';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { GrantStore } from '../grants/grant-store.ts';
import { GrantsService } from '../grants/grants.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall, type Agent } from './agent.ts';
import type { McpBench } from './mcp-bench.ts';
import { verdictGiver } from './verdict-giver.ts';

const PENDING = 'Waiting for approval';

export const proposal: GrantVerdict = {
  kind: 'propose',
  free: { id: { kind: 'number', min: 1, max: 2000, whole: true } },
  uses: 9,
  minutes: 30,
};

export const write = (id: number) => toolCall(id, 'write', `{"id":${id},"sql":"select 1"}`);

/** Grants from their proposal to their use, by one agent on one connection. */
export class GrantsBench {
  constructor(
    readonly bench: McpBench,
    private readonly agent: Agent,
    readonly reviewer: SignedInPerson,
  ) {}

  async call(frame: string): Promise<'passed' | 'held'> {
    const answer = await (await this.agent.post(frame)).last();
    if (!answer.includes(PENDING) && !answer.includes('done'))
      throw new Error(`Neither held nor answered: ${answer}`);
    return answer.includes(PENDING) ? 'held' : 'passed';
  }

  async held(frame: string): Promise<string> {
    if ((await this.call(frame)) !== 'held') throw new Error('The call was not held.');
    return (await this.bench.approval('held')).id;
  }

  detail(id: string): Promise<ApprovalDetail> {
    return this.bench.context.get(ApprovalsView).detail(id, this.reviewer);
  }

  async approve(id: string, grant?: GrantVerdict): Promise<void> {
    const shown = await shownBy(await this.detail(id));
    if (shown === null) throw new Error('Nothing was shown.');
    const input = { verdict: 'approve' as const, step: 0, shown, ...(grant && { grant }) };
    await verdictGiver(this.bench.context).give(id, input, this.reviewer);
  }

  /** A grant that is in force; its own call has run. */
  async granted(first = 1): Promise<string> {
    const id = await this.held(write(first));
    await this.approve(id, proposal);
    await this.bench.context.get(GrantStore).refresh();
    if ((await this.call(write(first))) !== 'passed') throw new Error('The call did not run.');
    const { grant } = (await this.detail(id)).grants;
    if (grant?.state !== 'in-force') throw new Error(`No grant: ${JSON.stringify(grant)}`);
    return grant.id;
  }

  async listed(id: string): Promise<Grant | undefined> {
    const { items } = await this.bench.context.get(GrantsService).list(this.reviewer);
    return items.find((grant) => grant.id === id);
  }

  /** Nothing waits, and no grant is left. */
  async reset(): Promise<void> {
    this.bench.upstream.reset();
    const { pool } = this.bench.database;
    await pool.query(
      `update approval set state = case state when 'held' then 'withdrawn' else 'expired' end where state in ('held', 'approved')`,
    );
    await pool.query(
      `update call_grant set state = 'lapsed', ended_at = now() where state = 'in-force'`,
    );
    await this.bench.context.get(GrantStore).refresh();
  }
}
