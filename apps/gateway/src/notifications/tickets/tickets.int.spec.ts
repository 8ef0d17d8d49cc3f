import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { adminNamed } from '../../testing/admins.ts';
import {
  JIRA_TOKEN,
  startJiraDouble,
  type JiraDouble,
  type JiraIssue,
} from '../../testing/jira-double.ts';
import { until } from '../../testing/mcp-bench.ts';
import { commentsOf, TicketsBench } from '../../testing/tickets-bench.ts';
import { verdictGiver } from '../../testing/verdict-giver.ts';
import { MessagesService } from '../messages/messages.service.ts';

const ADMIN = adminNamed('Adrian');
const SECONDS = 30_000;

let bench: TicketsBench;
let jira: JiraDouble;

beforeAll(async () => {
  bench = await TicketsBench.start();
  ({ jira } = bench);
});
afterAll(() => bench.close());

describe('a ticket in Jira', () => {
  it('is opened for the step that asks, and closed with what became of it', async () => {
    const id = await bench.held('{"order":"A-17"}');
    const issue = await bench.ticket(id);
    expect(issue.summary).toBe('Held for approval: robot’s agent wants to run write on demo');
    expect(JSON.stringify(issue.description)).toContain('A-17');
    expect(issue.labels).toEqual(['holdpoint', expect.stringMatching(/^holdpoint-[0-9a-f-]{36}$/)]);
    await bench.logged(id, 'approval.held');
    await bench.mcp.decide('deny', id);
    expect(await bench.logged(id, 'approval.settled')).toBe(
      `told; ${issue.key}: commented, moved to “Done”`,
    );
    expect(issue.status.name).toBe('Done');
    expect(commentsOf(issue)).toEqual([expect.stringMatching(/Denied\..*Riley: Not today\./)]);
  });

  // Guarantee: a lost answer makes no second ticket.
  it('is opened once, though Jira’s answer was lost', async () => {
    jira.failures = ['lost'];
    const id = await bench.held();
    await bench.ticket(id);
    await bench.hurried(id);
    expect(await bench.logged(id, 'approval.held')).toMatch(/^opened OPS-/);
    expect(jira.issues.filter((one) => JSON.stringify(one).includes(id))).toHaveLength(1);
    expect(jira.requests).toContain('GET /search/jql');
    await bench.mcp.decide('deny', id);
    await bench.logged(id, 'approval.settled');
  });

  // Guarantee: nobody has another ticket taken for it by copying its label.
  it('is the one that it was made as, though its label was put on an older one', async () => {
    await bench.channels.test(bench.ours.id, ADMIN);
    const older = await bench.ticket('This is a test');
    jira.failures = ['lost'];
    const id = await bench.held();
    const issue = await bench.ticket(id);
    for (const label of issue.labels) jira.label(older, label, 'JIRA-MALLORY');
    await bench.hurried(id);
    expect(await bench.logged(id, 'approval.held')).toBe(`opened ${issue.key}`);
    await bench.mcp.decide('deny', id);
    await bench.logged(id, 'approval.settled');
  });

  it('is closed by the settlement, though nobody knew that it was opened', async () => {
    jira.failures = ['lost'];
    const id = await bench.held();
    const issue = await bench.ticket(id);
    await bench.mcp.decide('deny', id);
    expect(await bench.logged(id, 'approval.settled')).toContain(issue.key);
    expect(issue.status.name).toBe('Done');
  });

  it('stays where it is where the workflow offers no way, and the log says so', async () => {
    const id = await bench.held();
    const issue = await bench.ticket(id);
    await bench.logged(id, 'approval.held');
    jira.unreachable.add('Done');
    await bench.mcp.decide('deny', id);
    expect(await bench.logged(id, 'approval.settled')).toContain(
      'not moved: the workflow offers no way to “Done” from “To Do”',
    );
    jira.unreachable.clear();
    expect(commentsOf(issue)).toHaveLength(1);
  });

  it('is not opened any more for what was settled meanwhile', async () => {
    jira.failures = [503];
    const id = await bench.held();
    await bench.retrying(id);
    await bench.mcp.decide('deny', id);
    await bench.nothingWaits(id);
    expect(jira.issue(id)).toBeUndefined();
  });

  // Guarantee: a ticket that asks is closed by what happened after it, never by what happened before.
  it('is not closed by an earlier one that was given up and is sent again', async () => {
    await bench.mcp.connect({
      slug: 'two',
      chain: [{ groups: ['reviewers'] }, { groups: ['reviewers'] }],
    });
    const agent = await bench.mcp.agent('robot', 'two');
    await (await agent.initialize()).text();
    jira.failures = [400];
    const { id } = await bench.call(undefined, agent);
    await bench.nothingWaits(id);
    await bench.mcp.decide('approve', id);
    await bench.logged(id, 'approval.advanced');
    const issue = await bench.ticket(id);
    await bench.mcp.context.get(MessagesService).replay(bench.ours.id, { message: null }, ADMIN);
    await bench.nothingWaits(id);
    expect(issue.status.name).toBe('To Do');
    expect(await bench.ticket(id)).toBe(issue);
    const denial = { verdict: 'deny', step: 1, reason: 'Enough.' } as const;
    await verdictGiver(bench.mcp.context).give(id, denial, bench.mcp.person('sam'));
    await bench.logged(id, 'approval.settled');
  });

  // Guarantee: nothing is written to a stranger's ticket, and whoever is asked is told all the same.
  it('is none of another Jira with the same id, where the channel leads by now', async () => {
    const [before, now] = [await startJiraDouble(), await startJiraDouble()];
    const { config } = await bench.channels.get(bench.ours.id);
    const secrets = { apiToken: JIRA_TOKEN };
    const id = await bench.addTold('Moves', { ...config, site: before.origin }, secrets);
    const first = await bench.held();
    await bench.logged(first, 'approval.held', { id, secret: '' });
    const channel = await bench.channels.get(id);
    const input = { ...channel, config: { ...config, site: now.origin }, secrets };
    await bench.channels.update(id, input, ADMIN);
    const second = await bench.held();
    const opened = await bench.logged(second, 'approval.held', { id, secret: '' });
    const issue = now.issue(second);
    expect(issue?.id).toBe(before.issue(first)?.id);
    expect(opened).toBe(`opened ${issue?.key}`);
    await bench.mcp.decide('deny', first);
    await until(
      async () => {
        const { items } = await bench.mcp.context.get(MessagesService).page(id, {});
        return items.some((one) => one.approvalId === first && one.event === 'approval.settled');
      },
      'the settlement is in the log',
      SECONDS,
    );
    await bench.mcp.decide('deny', second);
    await bench.logged(second, 'approval.settled', { id, secret: '' });
    expect(issue && commentsOf(issue)).toHaveLength(1);
    const changed = await bench.channels.get(id);
    await bench.channels.update(id, { ...changed, enabled: false, secrets: {} }, ADMIN);
    for (const each of [before, now]) each.close();
  });

  it('tells an admin what it can’t do, before a call is held', async () => {
    const { channels } = bench;
    expect(await channels.test(bench.ours.id, ADMIN)).toMatchObject({
      ok: true,
      answer: expect.stringMatching(/^opened OPS-\d+; commented, moved to “Done”$/),
    });
    const other = await bench.addJira('Elsewhere', { settledStatus: 'Closed' });
    expect(await channels.test(other.id, ADMIN)).toMatchObject({
      ok: false,
      answer: 'Task of OPS has no status “Closed”. It has: To Do, Approved, Denied, Done.',
    });
  });
});

describe('a ticket over REST', () => {
  it('is opened, told and moved by the channel’s own requests', async () => {
    const id = await bench.held('{"note":"\\"}, {\\"short\\":\\"x"}');
    const created = await bench.form(`/tickets?for=${id}`);
    expect(created.what).toBe(`POST /tickets?for=${id}`);
    expect(created.headers['authorization']).toBe('Bearer form-token');
    expect(created.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.body).toEqual({
      short: 'Held for approval: robot’s agent wants to run write on demo',
      long: expect.stringContaining('> {"note":"\\"}, {\\"short\\":\\"x"}'),
      ...{ urgent: false, step: '1' },
    });
    await bench.mcp.decide('deny', id);
    const number = encodeURIComponent(`INC/${bench.forms.indexOf(created) + 1}`);
    const moved = await bench.form(`PATCH /tickets/${number}`);
    expect(moved.body).toEqual({ state: 'denied' });
    expect((await bench.form(`POST /tickets/${number}/notes`)).body['note']).toContain('Riley');
  });
});

// Guarantee: a channel that answers nothing delays no other.
it('a Jira that answers nothing holds up nobody else', async () => {
  jira.isMute = true;
  const id = await bench.held();
  await bench.form(`/tickets?for=${id}`);
  expect(jira.issue(id)).toBeUndefined();
  jira.isMute = false;
  await bench.mcp.decide('deny', id);
});

// Guarantee: however many ticket systems answer nothing, what people and webhooks are told waits for none.
it('five ticket systems that answer nothing hold up nothing else', async () => {
  const dead = await startDead();
  const create = { url: dead.origin, body: '{"short":"{title}"}' };
  const rest = { kind: 'rest', ticketPointer: '/number', allowPrivate: true, create };
  const added = await Promise.all(
    Array.from({ length: 5 }, (_, n) => bench.addTold(`Dead ${n}`, rest, { headerValue: 'x' })),
  );
  const earlier = [await bench.held(), await bench.held()];
  await until(async () => dead.mostAtOnce() >= 4, 'senders wait', SECONDS);
  const url = `${bench.formsOrigin}/told?by`;
  added.push(
    await bench.addTold(
      'Card',
      { kind: 'teams', allowPrivate: true },
      { workflowUrl: `${url}=card` },
    ),
  );
  added.push(
    await bench.addTold('Hook', { kind: 'webhook', url: `${url}=hook`, allowPrivate: true }),
  );
  const id = await bench.held();
  await bench.form('by=card');
  await bench.form('by=hook');
  // All ten would wait if tickets had no senders of their own, and the card for the first of them.
  expect(dead.mostAtOnce()).toBeLessThanOrEqual(6);
  const off = 'update notification_channel set enabled = false where id = any($1)';
  await bench.mcp.database.pool.query(off, [added]);
  dead.close();
  for (const each of [...earlier, id]) await bench.mcp.decide('deny', each);
});

/** Takes requests, and never answers one. */
async function startDead() {
  let most = 0;
  const waiting = new Set<ServerResponse>();
  const server = createServer((req, res) => {
    req.resume();
    waiting.add(res.on('close', () => waiting.delete(res)));
    most = Math.max(most, waiting.size);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}/`, mostAtOnce: () => most, close };
}

const about = (issue: JiraIssue, change: object) => ({
  timestamp: Date.now(),
  issue: { id: issue.id, key: issue.key },
  ...change,
});
const moves = (issue: JiraIssue) =>
  about(issue, {
    webhookEvent: 'jira:issue_updated',
    user: { accountId: 'JIRA-RILEY' },
    changelog: { id: '1', items: [{ field: 'status', toString: 'Approved' }] },
  });

/** Jira moves the ticket, and says so. */
async function moved(issue: JiraIssue, to: 'Approved' | 'Denied', account = 'JIRA-RILEY') {
  jira.move(issue, to, account);
  expect(await bench.post(moves(issue))).toBe(200);
}

/** By a comment on a ticket of the account's. */
async function tied(account: string, who: SignedInPerson): Promise<void> {
  const id = await bench.held();
  const issue = await bench.opened(id);
  const offered = await bench.tied(bench.ours, who, async (code) => {
    const comment = jira.say(issue, `Here it is: ${code}`, account);
    const event = { webhookEvent: 'comment_created', comment: { id: comment.id } };
    expect(await bench.post(about(issue, event))).toBe(200);
    await bench.said(issue, 'Nothing is tied before they say so');
  });
  expect(offered).toMatchObject({ account, name: `Account ${account}` });
  await bench.mcp.decide('deny', id);
}

describe('a verdict from Jira', () => {
  beforeAll(async () => {
    await tied('JIRA-RILEY', bench.mcp.person('riley'));
  });

  it('is the move of a ticket by a person: what it showed runs', async () => {
    const { id, answer } = await bench.call();
    const issue = await bench.opened(id);
    expect(JSON.stringify(issue.description)).toContain('move the ticket to “Approved”');
    await moved(issue, 'Approved');
    expect(await answer.last()).toContain('"result"');
    await bench.said(issue, 'Your verdict was recorded');
    const { rows } = await bench.mcp.database.pool.query<{ content: string }>(
      `select content from entry where kind = 'verdict.given' and approval_id = $1`,
      [id],
    );
    expect(rows.map(({ content }) => JSON.parse(content) as unknown)).toMatchObject([
      { who: bench.mcp.person('riley').key, data: { verdict: 'approve', via: 'ticket' } },
    ]);
    await bench.logged(id, 'approval.settled');
    expect(issue.status.name).toBe('Done');
  });

  it('denies with the person’s newest comment, which the agent reads', async () => {
    const { id, answer } = await bench.call();
    const issue = await bench.opened(id);
    jira.say(issue, 'By all means.', 'JIRA-OTHER');
    jira.say(issue, 'Not on a Friday.', 'JIRA-RILEY');
    // Words for a few alone are not for an agent, and changed ones are whose they are not said to be.
    const visibility = { type: 'role', value: 'Administrators' } as const;
    jira.say(issue, 'Between us.', 'JIRA-RILEY', { visibility });
    const updateAuthor = { accountId: 'JIRA-OTHER', displayName: 'Other' };
    jira.say(issue, 'Words of others.', 'JIRA-RILEY', { updateAuthor });
    await moved(issue, 'Denied');
    expect(await answer.last()).toContain('Not on a Friday.');
  });

  // Guarantee: an account that nobody tied decides nothing, whatever a webhook says of its name.
  it('is given by nobody whom Jira doesn’t name, and who didn’t say so', async () => {
    const id = await bench.held();
    const issue = await bench.opened(id);
    await moved(issue, 'Approved', 'JIRA-MALLORY');
    await bench.said(issue, 'nobody said that the Jira account');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: who knows the secret, or had a request, decides nothing by it.
  it('is given once, by a move that Jira knows of, told with this channel’s secret', async () => {
    const other = await bench.addJira('Other');
    const { id, answer } = await bench.call();
    const issue = await bench.opened(id);
    expect(await bench.post(moves(issue), { ...bench.ours, secret: other.secret })).toBe(401);
    expect(await bench.post(moves(issue), { ...bench.ours, id: other.id })).toBe(401);
    expect(await bench.post({ ...moves(issue), timestamp: Date.now() - 3_700_000 })).toBe(401);
    const claimed = moves(issue);
    expect(await bench.post(claimed)).toBe(200);
    await until(
      async () => jira.requests.includes(`GET /issue/${issue.id}/changelog`),
      'Jira is asked',
      SECONDS,
    );
    expect(await bench.mcp.stateOf(id)).toBe('held');
    jira.move(issue, 'Denied', 'JIRA-RILEY');
    expect(await bench.post(claimed)).toBe(200);
    const jobs = `select from pgboss.job where name = 'ticket-read' and data->>'ticketId' = $1`;
    expect((await bench.mcp.database.pool.query(jobs, [issue.id])).rows).toHaveLength(1);
    await Promise.all([bench.post(moves(issue)), bench.post({ ...moves(issue), again: true })]);
    expect(await answer.last()).toContain('Denied in Jira');
    await bench.said(issue, 'Your verdict was recorded');
    const sql = 'select from verdict where approval_id = $1';
    expect((await bench.mcp.database.pool.query(sql, [id])).rows).toHaveLength(1);
  });

  // Guarantee: nobody approves what the ticket didn't show.
  it('approves nothing by a ticket that was changed, or that masks something', async () => {
    const id = await bench.held();
    const issue = await bench.opened(id);
    const before = issue.description;
    jira.edit(issue, { type: 'doc', version: 1, content: [] }, 'JIRA-OTHER');
    jira.edit(issue, before, 'JIRA-OTHER');
    await moved(issue, 'Approved');
    await bench.said(issue, 'were changed after it was opened');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);

    const masked = await bench.held('{"token":"AKIAIOSFODNN7EXAMPLE"}');
    const at = await bench.opened(masked);
    expect(JSON.stringify(at.description)).not.toContain('AKIAIOSFODNN7EXAMPLE');
    expect(JSON.stringify(at.description)).toContain('approves nothing');
    await moved(at, 'Approved');
    await bench.said(at, 'doesn’t show all that would run');
    expect(await bench.mcp.stateOf(masked)).toBe('held');
    await bench.mcp.decide('deny', masked);
  });

  it('is given for the step that the ticket asks, by somebody else than the caller', async () => {
    await bench.mcp.connect({
      slug: 'steps',
      chain: [{ groups: ['reviewers'] }, { groups: ['reviewers'] }],
    });
    const own = await bench.mcp.agent('riley', 'steps');
    await (await own.initialize()).text();
    const { id } = await bench.call(undefined, own);
    const issue = await bench.opened(id);
    await moved(issue, 'Approved');
    await bench.said(issue, 'was not recorded');
    await bench.mcp.decide('approve', id);
    await bench.logged(id, 'approval.advanced');
    const next = await bench.ticket(id);
    expect(next.key).not.toBe(issue.key);
    expect(issue.status.name).toBe('Done');
    await moved(issue, 'Approved');
    await bench.said(issue, 'nobody is asked by this ticket any more');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    const denial = { verdict: 'deny', step: 1, reason: 'Enough.' } as const;
    await verdictGiver(bench.mcp.context).give(id, denial, bench.mcp.person('sam'));
  });
});

describe('a verdict by a ticket over REST', () => {
  // Guarantee: it decides only by tickets of this channel that still ask, as the person of the account.
  it('runs what the ticket showed, and nothing else', async () => {
    const actor = { id: 'riley.form', name: 'riley.form' };
    await bench.tied(bench.rest, bench.mcp.person('riley'), async (code) => {
      expect((await bench.send({ type: 'account.tie', actor, code }))[0]).toBe(200);
    });
    const { id, answer } = await bench.call();
    const { ticket_id: ticket, digest } = await bench.restTicket(id);
    const approve = { ticket, verdict: 'approve', actor: { id: 'riley.form' } };
    expect((await bench.send({ ...approve, actor: { id: 'mallory' } }))[0]).toBe(403);
    expect((await bench.send({ ...approve, ticket: 'INC/0' }))[0]).toBe(404);
    expect((await bench.send(approve, bench.ours.secret))[0]).toBe(401);
    expect((await bench.send({ ...approve, ticket: 'INC\0' }))[0]).toBe(400);
    // Who could compute a digest, as nobody is shown one there.
    const { ticket: _ticket, ...verdict } = approve;
    const around = { type: 'verdict', approval: id, step: 1, digest };
    expect((await bench.send({ ...verdict, ...around }))[1]).toContain('by those alone');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    expect(await bench.send(approve)).toEqual([200, '{"recorded":true}']);
    expect(await answer.last()).toContain('"result"');
    await bench.logged(id, 'approval.settled', bench.rest);
    const [status, why] = await bench.send(approve);
    expect([status, why]).toEqual([409, expect.stringContaining('nobody is asked')]);
  });

  it('approves nothing that the ticket masks, and denies it', async () => {
    const { id, answer } = await bench.call('{"other":"AKIAIOSFODNN7EXAMPLE"}');
    const { ticket_id: ticketId } = await bench.restTicket(id);
    expect((await bench.form(`?for=${id}`)).body['long']).toContain('moving it approves nothing');
    const moved = { ticket: ticketId, actor: { id: 'riley.form' } };
    const [, why] = await bench.send({ ...moved, verdict: 'approve' });
    expect(why).toContain('doesn’t show all that would run');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    expect((await bench.send({ ...moved, verdict: 'deny', reason: 'Not this one.' }))[0]).toBe(200);
    expect(await answer.last()).toContain('Not this one.');
  });
});
