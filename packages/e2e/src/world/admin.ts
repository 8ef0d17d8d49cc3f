import { shownBy } from '@holdpoint/approval';
import {
  approvalDetailSchema,
  approvalPageSchema,
  connectionListSchema,
  connectionSavedSchema,
  connectionSchema,
  policyInForceSchema,
  policyProposalSchema,
  type ApprovalDetail,
  type ApprovalSummary,
  type Connection,
  type ConnectionInput,
  type PolicyProposal,
  type Shown,
} from '@holdpoint/contracts';
import { expect } from '@playwright/test';
import { z } from 'zod';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** What happens by itself happens soon; a second between two looks would be most of a test. */
const SOON = { intervals: [50, 100, 150, 250] };

/** What a test may ask of its connection; the rest is as the demo's own. */
export interface ConnectionWishes {
  readonly slug: string;
  readonly title?: string;
  readonly url?: string;
  readonly token?: string;
  readonly holdDeadlineS?: number;
  readonly callerGroups?: readonly string[];
  /** How many reviewers have to approve; one where nothing is said. */
  readonly quorum?: number;
  readonly defaultEffect?: Connection['defaultEffect'];
  readonly clients?: ConnectionInput['clients'];
  readonly webhookUrl?: string;
}

/** Registers a connection as an admin does. Names that start with `demo` fall under the demo's rules. */
export async function registerConnection(
  world: World,
  wishes: ConnectionWishes,
): Promise<Connection> {
  const {
    slug,
    title,
    url,
    token,
    holdDeadlineS,
    callerGroups,
    quorum,
    defaultEffect,
    clients,
    webhookUrl,
  } = wishes;
  const admin = await world.person('morgan');
  const { connection } = await admin.post(
    '/api/connections',
    {
      slug: `${slug}-${Date.now().toString(36)}`,
      title: title ?? `Connection of the test ${slug}`,
      url: url ?? world.started.demoUpstream,
      ...(url?.startsWith('connector:') === true
        ? {}
        : {
            allowPrivate: true,
            credential: { kind: 'bearer', token: token ?? world.upstreamToken },
          }),
      callerGroups: callerGroups ?? ['data-agents'],
      chain: [{ groups: ['reviewers'], people: [], quorum: quorum ?? 1 }],
      ...(holdDeadlineS === undefined ? {} : { holdDeadlineS }),
      ...(defaultEffect === undefined ? {} : { defaultEffect }),
      ...(clients === undefined ? {} : { clients }),
      ...(webhookUrl === undefined ? {} : { webhook: { url: webhookUrl, allowPrivate: true } }),
    },
    connectionSavedSchema,
  );
  return connection;
}

async function freeze(world: World, id: string, reason: string): Promise<void> {
  const admin = await world.person('morgan');
  await admin.post(`/api/connections/${id}/freeze`, { reason }, connectionSchema);
}

async function unfreeze(world: World, id: string): Promise<void> {
  const admin = await world.person('morgan');
  await admin.post(`/api/connections/${id}/unfreeze`, {}, connectionSchema);
}

/** Publishes a policy as an admin, on top of whatever is in force. */
export async function publishPolicy(world: World, source: string): Promise<void> {
  const admin = await world.person('morgan');
  const { version } = await admin.get('/api/policy', policyInForceSchema);
  if (version.source === source) return;
  const input = { source, base: version.number, note: 'An end-to-end test.' };
  await admin.post('/api/policy/publish', input, z.unknown());
}

/** An admin proposes a policy without test cases, on top of whatever is in force. */
export async function propose(world: World, source: string): Promise<PolicyProposal> {
  const admin = await world.person('morgan');
  const { version } = await admin.get('/api/policy', policyInForceSchema);
  const input = { source, cases: '', base: version.number, note: 'An end-to-end test.' };
  return admin.post('/api/policy/proposals', input, policyProposalSchema);
}

/** Its proposer takes it back, so that no later test meets it. */
export async function withdraw(world: World, { id, digest }: PolicyProposal): Promise<void> {
  const admin = await world.person('morgan');
  await admin.post(`/api/policy/proposals/${id}/withdraw`, { digest }, policyProposalSchema);
}

export async function policySource(world: World): Promise<string> {
  const admin = await world.person('morgan');
  return (await admin.get('/api/policy', policyInForceSchema)).version.source;
}

export async function pendingApprovals(reviewer: Person): Promise<readonly ApprovalSummary[]> {
  return (await reviewer.get('/api/approvals?state=pending&limit=1000', approvalPageSchema)).items;
}

/** Waits until a call whose arguments hold `marker` is held. */
export async function heldCall(world: World, marker: string): Promise<ApprovalSummary> {
  const [held] = await heldCalls(world, marker, 1);
  if (held === undefined) throw new Error('unreachable: one was awaited');
  return held;
}

/** Waits until exactly so many calls whose arguments hold `marker` are held. */
export async function heldCalls(
  world: World,
  marker: string,
  count: number,
): Promise<readonly ApprovalSummary[]> {
  const reviewer = await world.person('avery');
  let found: readonly ApprovalSummary[] = [];
  await expect
    .poll(async () => {
      found = (await pendingApprovals(reviewer)).filter((each) => each.preview.includes(marker));
      return found.length;
    }, SOON)
    .toBe(count);
  return found;
}

export async function approvalDetail(world: World, id: string): Promise<ApprovalDetail> {
  const reviewer = await world.person('avery');
  return reviewer.get(`/api/approvals/${id}`, approvalDetailSchema);
}

/** A reviewer asks whoever answers for the caller. */
export async function ask(world: World, id: string, text: string): Promise<void> {
  const reviewer = await world.person('avery');
  await reviewer.post(
    `/api/approvals/${id}/notes`,
    { kind: 'question', text },
    approvalDetailSchema,
  );
}

/** Waits until an approval is in one of these states. */
export async function untilState(
  world: World,
  id: string,
  ...states: ApprovalDetail['state'][]
): Promise<ApprovalDetail> {
  let detail: ApprovalDetail | undefined;
  await expect
    .poll(async () => {
      detail = await approvalDetail(world, id);
      return states.includes(detail.state) ? 'reached' : detail.state;
    }, SOON)
    .toBe('reached');
  if (detail === undefined) throw new Error('unreachable: the poll read it');
  return detail;
}

/** Waits until nobody's exchange waits for this approval any more. */
export async function untilAbandoned(world: World, id: string): Promise<void> {
  const isWaitedFor = async () => (await approvalDetail(world, id)).agentWaiting;
  await expect.poll(isWaitedFor, SOON).toBe(false);
}

/** A reviewer approves through the console's API, for tests whose subject isn't the click. */
export async function approve(world: World, id: string): Promise<void> {
  const reviewer = await world.person('avery');
  const shown = await shownTo(reviewer, id);
  const verdict = { verdict: 'approve', step: 0, shown };
  await reviewer.post(`/api/approvals/${id}/verdict`, verdict, approvalDetailSchema);
}

/** What a page that this person opened now would show, as its verdict says it. */
async function shownTo(reviewer: Person, id: string): Promise<Shown | null> {
  return shownBy(await reviewer.get(`/api/approvals/${id}`, approvalDetailSchema));
}

/** A reviewer denies, and says why: the agent reads it. */
export async function deny(world: World, id: string, reason: string): Promise<void> {
  const reviewer = await world.person('avery');
  const verdict = { verdict: 'deny', step: 0, reason };
  await reviewer.post(`/api/approvals/${id}/verdict`, verdict, approvalDetailSchema);
}

/** Ends every wait the way an admin would: freezing denies what is held. */
export async function clearInbox(world: World): Promise<void> {
  const reviewer = await world.person('avery');
  const pending = await pendingApprovals(reviewer);
  if (pending.length === 0) return;
  const admin = await world.person('morgan');
  const { items } = await admin.get('/api/connections', connectionListSchema);
  const concerned = items.filter(({ id }) => pending.some((each) => each.connection.id === id));
  for (const { id } of concerned) await freeze(world, id, 'The test is over.');
  await expect.poll(async () => (await pendingApprovals(reviewer)).length).toBe(0);
  for (const { id } of concerned) await unfreeze(world, id);
}
