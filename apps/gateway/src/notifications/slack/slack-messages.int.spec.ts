import { slackButtons, type SlackCall } from '@holdpoint/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlackBench } from '../../testing/slack-bench.ts';

let bench: SlackBench;

beforeAll(async () => {
  bench = await SlackBench.start();
}, 120_000);
afterAll(() => bench.close(), 60_000);

const namesOf = (call: SlackCall | undefined) => slackButtons(call).map(({ action_id: id }) => id);

describe('a message in Slack', () => {
  it('shows the call, with buttons', async () => {
    const { id } = await bench.held();
    const posted = await bench.message(id);
    expect(namesOf(posted)).toEqual(['holdpoint_approve', 'holdpoint_deny', 'holdpoint_open']);
    expect(posted.body.text).toBe('Held for approval: robot’s agent wants to run write on demo');
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: nothing an agent writes is a mention, a link, a format or a button.
  it('is not forged by what an agent writes', async () => {
    const evil = '<!channel> <@U123> *bold* <https://evil.example|Approve> :tada:';
    await bench.mcp.publish('rules: [{ id: all, match: { tools: ["*"] }, effect: hold }]');
    const { id } = await bench.held(JSON.stringify({ note: evil }), evil);
    const posted = await bench.message(id);
    expect(posted.body).toMatchObject({ mrkdwn: false, parse: 'none', link_names: false });
    expect(posted.body.text).not.toMatch(/[<>]/u);
    const objects = JSON.stringify(posted.body['blocks']);
    expect(objects).not.toContain('"mrkdwn"');
    expect(namesOf(posted)).toHaveLength(3);
    expect(objects.match(/rich_text_preformatted/gu)).toHaveLength(1);
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: nobody approves by a message that doesn't show all of the call.
  it('offers no approval where something is masked, left out, or to be signed with a passkey', async () => {
    await bench.mcp.publish(`rules:
  - { id: plain, match: { tools: [write] }, effect: hold }
  - { id: signed, match: { tools: [erring] }, effect: hold, stepUp: passkey }
  - { id: mask, match: { connections: ["*"] }, mask: [{ detect: [email], as: redact }] }`);
    const cases = [
      ['{"to":"jo@example.com"}', 'write'],
      [JSON.stringify({ long: 'x'.repeat(3000) }), 'write'],
      ['{"n":"passkey"}', 'erring'],
    ] as const;
    for (const [args, tool] of cases) {
      const { id } = await bench.held(args, tool);
      expect(namesOf(await bench.message(id))).toEqual(['holdpoint_deny', 'holdpoint_open']);
      await bench.mcp.decide('deny', id);
    }
  });
});

const ONE_STEP = 'rules: [{ id: all, match: { tools: ["*"] }, effect: hold }]';
const TWO_STEPS = `rules: [{ id: all, match: { tools: ["*"] }, effect: hold, approval: two }]
chains:
  two: { steps: [{ reviewers: { groups: [reviewers] } }, { reviewers: { groups: [leads] } }] }`;

describe('a message that was given up, and is sent again', () => {
  // Guarantee: who is asked now finds their buttons: nothing brings back what asked before.
  it('asks for no step that is over', async () => {
    await bench.mcp.publish(TWO_STEPS);
    bench.slack.refuse('chat.postMessage', 'is_archived');
    const { id } = await bench.held();
    await bench.logged(id, 'approval.held', 'failed');
    await bench.mcp.decide('approve', id);
    await bench.logged(id, 'approval.advanced', 'delivered');
    await bench.replay();
    const { reason } = await bench.logged(id, 'approval.held', 'dropped');
    expect(reason).toBe('a step asked anew before it was delivered');
    expect(bench.callsTo('chat.postMessage', id)).toHaveLength(1);
    expect(bench.callsTo('chat.update', id)).toEqual([]);
    await bench.deny(id, 1);
  });

  it('takes back nothing that was said since', async () => {
    await bench.mcp.publish(ONE_STEP);
    await bench.routeOf(['approval.answered']);
    const { id } = await bench.held();
    await bench.message(id);
    bench.slack.refuse('chat.update', 'is_archived');
    await bench.mcp.decide('approve', id);
    await bench.logged(id, 'approval.settled', 'failed');
    await bench.logged(id, 'approval.answered', 'delivered');
    await bench.replay();
    const { reason } = await bench.logged(id, 'approval.settled', 'dropped');
    expect(reason).toBe('what came after it is shown already');
    expect(bench.callsTo('chat.update', id).at(-1)?.body.text).toContain('It ran');
  });
});

describe('a message that is not there any more', () => {
  afterAll(() => bench.mcp.publish(ONE_STEP));

  // Guarantee: nobody keeps the next step from being asked by deleting what was posted before.
  it.each(['message_not_found', 'cant_update_message'])('is posted anew: %s', async (error) => {
    await bench.mcp.publish(TWO_STEPS);
    const { id } = await bench.held();
    const { body } = await bench.message(id);
    await bench.logged(id, 'approval.held', 'delivered');
    bench.slack.refuse('chat.update', error);
    await bench.mcp.decide('approve', id);
    await bench.logged(id, 'approval.advanced', 'delivered');
    const posted = bench.callsTo('chat.postMessage', id);
    expect(posted.map(({ body: { text } }) => text?.split(':')[0])).toEqual([
      'Held for approval',
      'The next step of the chain asks',
    ]);
    expect(namesOf(posted[1])).toContain('holdpoint_approve');
    // From then on that one is changed.
    await bench.deny(id, 1);
    await bench.logged(id, 'approval.settled', 'delivered');
    const changed = bench.callsTo('chat.update', id).at(-1)?.body;
    expect(changed?.text).toContain('Denied');
    expect(changed?.ts).not.toBe(body.ts);
  });
});
