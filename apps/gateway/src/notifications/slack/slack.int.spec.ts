import {
  signedBySlack,
  slackButtons,
  slackPress,
  slackReason,
  type SlackButtonShown,
  type SlackCall,
} from '@holdpoint/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifySlackRequest } from '@slack/bolt';
import { until } from '../../testing/mcp-bench.ts';
import { buttonOf, SIGNING_SECRET, SlackBench } from '../../testing/slack-bench.ts';
import { signedInNow } from '../../testing/verdict-giver.ts';
import { MessageKeeper } from '../messages/message-keeper.ts';
import { SlackAccounts } from './slack-accounts.service.ts';

const SECONDS = 20_000;
let bench: SlackBench;

beforeAll(async () => {
  bench = await SlackBench.start();
}, 120_000);
afterAll(() => bench.close(), 60_000);

describe('a verdict from Slack', () => {
  // Guarantee: an account decides only once its person, signed in to the console, said that it is theirs.
  it('needs an account that its person tied, by a link that works once', async () => {
    const { id } = await bench.held();
    const token = await bench.tie('U-RILEY', bench.mcp.person('riley'), await bench.message(id));
    expect(await bench.mcp.stateOf(id)).toBe('held');
    const again = bench.mcp.context.get(SlackAccounts).tie({ token }, bench.mcp.person('mallory'));
    await expect(again).rejects.toMatchObject({ code: 'not_found' });
    expect(await bench.entriesOf('slack.tied')).toMatchObject([
      { who: bench.mcp.person('riley').key },
    ]);
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: whoever runs a workspace that shares the conversation gives its accounts to whom they like.
  it('is tied to no account of another workspace than the app’s', async () => {
    const { id } = await bench.held();
    const posted = await bench.message(id);
    const from = bench.slack.calls.length;
    expect(await bench.press('U-GUEST', buttonOf(posted, 'holdpoint_approve'), 'T2')).toBe(200);
    await bench.said('of another workspace', from);
    const { rows } = await bench.mcp.database.pool.query(
      `select from slack_offer where user_id = 'U-GUEST'`,
    );
    expect(rows).toEqual([]);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });

  it('approves the call, and changes the message in place for everyone', async () => {
    const { id, answer } = await bench.held();
    const posted = await bench.message(id);
    expect(await bench.press('U-RILEY', buttonOf(posted, 'holdpoint_approve'))).toBe(200);
    expect(await answer.last()).toContain('"result"');
    const changed = await until(
      async () => bench.callsTo('chat.update', id)[0],
      'the message is changed',
      SECONDS,
    );
    expect(changed.body.text).toContain('Approved');
    expect(changed.body.ts).toBe('1700000000.' + changed.body.ts?.slice(11));
    expect(slackButtons(changed).map(({ action_id: name }) => name)).toEqual(['holdpoint_open']);
    const given = await bench.entriesOf('verdict.given');
    expect(given.at(-1)).toMatchObject({
      who: bench.mcp.person('riley').key,
      data: { via: 'slack' },
    });
  });

  it('denies it with the reason from the dialog, which the agent reads', async () => {
    const { id, answer } = await bench.held();
    const before = bench.slack.calls.length;
    const deny = buttonOf(await bench.message(id), 'holdpoint_deny');
    expect(await bench.press('U-RILEY', deny)).toBe(200);
    const opened = await until(
      async () => bench.slack.calls.slice(before).find(({ method }) => method === 'views.open'),
      'a dialog opens',
      SECONDS,
    );
    const view = opened.body['view'] as object;
    const body = slackReason('U-RILEY', view, 'Not on a Friday.');
    expect(await bench.post(body, signedBySlack(SIGNING_SECRET, body))).toBe(200);
    expect(await answer.last()).toContain('Not on a Friday.');
    expect(await bench.mcp.stateOf(id)).toBe('denied');
  });

  it('of the console changes the message, too', async () => {
    const { id } = await bench.held();
    await bench.message(id);
    await bench.mcp.decide('deny', id);
    const changed = await until(
      async () => bench.callsTo('chat.update', id)[0],
      'it is changed',
      SECONDS,
    );
    expect(changed.body.text).toContain('Denied');
  });

  // Guarantee: however long a step may take, whoever is asked is told how it ended, by the same message.
  it('of the console changes a message that is older than the log', async () => {
    const { id } = await bench.held();
    await bench.message(id);
    await bench.logged(id, 'approval.held', 'delivered');
    const { pool } = bench.mcp.database;
    const older = `- interval '40 days' where approval_id = $1`;
    await pool.query(`update notification_event set at = at ${older}`, [id]);
    await pool.query(`update notification_message set created_at = created_at ${older}`, [id]);
    const keeper = bench.mcp.context.get(MessageKeeper);
    await keeper.keep();
    await bench.mcp.decide('deny', id);
    await bench.logged(id, 'approval.settled', 'delivered');
    expect(bench.callsTo('chat.update', id).at(-1)?.body.text).toContain('Denied');
    await pool.query(`update notification_event set at = at ${older}`, [id]);
    await pool.query(`update notification_message set created_at = created_at ${older}`, [id]);
    await keeper.keep();
    const left = `select from notification_event where approval_id = $1`;
    expect((await pool.query(left, [id])).rowCount).toBe(0);
  });

  // Guarantee: exactly the checks of a click: who they are, what was shown, passkeys, a live sign-in.
  it('is refused wherever a click would be', async () => {
    const refused = async (
      user: string,
      at: SlackCall,
      value: object | undefined,
      words: string,
    ) => {
      const from = bench.slack.calls.length;
      const approve = { action_id: 'holdpoint_approve', value: JSON.stringify(value) };
      expect(
        await bench.press(user, value === undefined ? buttonOf(at, 'holdpoint_approve') : approve),
      ).toBe(200);
      await bench.said(words, from);
    };
    const { id } = await bench.held();
    const posted = await bench.message(id);
    await bench.tie('U-NORA', bench.mcp.person('nora', ['others']), posted);
    await refused('U-NORA', posted, undefined, 'not');
    await bench.tie('U-ROBOT', { ...bench.mcp.person('robot'), key: await callerKey() }, posted);
    await refused('U-ROBOT', posted, undefined, 'own');
    const digest = '0'.repeat(64);
    await refused(
      'U-RILEY',
      posted,
      { approval: id, step: 0, digest },
      'not the call that is held',
    );
    await bench.mcp.database.pool.query('delete from console_session');
    await refused('U-RILEY', posted, undefined, 'sign in to Holdpoint first');
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await signedInNow(bench.mcp.context, bench.mcp.person('riley'));
    await bench.mcp.decide('deny', id);

    const signed = await bench.held('{"n":"to be signed"}', 'erring');
    const at = await bench.message(signed.id);
    await refused('U-RILEY', at, { approval: signed.id, step: 0, digest }, 'not');
    expect(await bench.mcp.stateOf(signed.id)).toBe('held');
    await bench.mcp.decide('deny', signed.id);
  });
});

describe('a press that Slack was answered for', () => {
  // The database refuses, as one that fails would, until it is told to stop.
  const failing = async (table: string, at = 'insert') => {
    const { pool } = bench.mcp.database;
    await pool.query(`create or replace function refuse_it() returns trigger language plpgsql as
      $$ begin raise 'it failed'; end $$`);
    await pool.query(
      `create trigger refuse_it before ${at} on ${table} for each row execute function refuse_it()`,
    );
    return () => pool.query(`drop trigger refuse_it on ${table}`);
  };

  const presses = async () => {
    const { rows } = await bench.mcp.database.pool.query<{ attempts: number; sealed: Buffer }>(
      'select attempts, sealed from slack_press',
    );
    return rows;
  };
  const worked = () =>
    until(async () => (await presses()).length === 0, 'nothing of it is kept', SECONDS);

  const sent = (button: SlackButtonShown, reason: string) =>
    slackReason(
      'U-RILEY',
      {
        callback_id: 'holdpoint_deny_form',
        private_metadata: JSON.stringify({
          ...(JSON.parse(button.value ?? '') as object),
          channelId: bench.channelId,
        }),
      },
      reason,
    );

  // Guarantee: what Slack was answered for is in the database, sealed, and a gateway that dies loses none.
  it('is given although the gateway fails at it, once, and its person is told once', async () => {
    const { id, answer } = await bench.held();
    const body = sent(buttonOf(await bench.message(id), 'holdpoint_deny'), 'Not while it fails.');
    const from = bench.slack.calls.length;
    const mend = await failing('verdict');
    expect(await bench.post(body, signedBySlack(SIGNING_SECRET, body))).toBe(200);
    const [kept] = await presses();
    expect(kept?.sealed.toString('latin1')).not.toMatch(/Not while|U-RILEY/u);
    // The first attempt failed, and another one is made.
    await until(
      async () => (await presses()).some(({ attempts }) => attempts > 1),
      'it is tried',
      SECONDS,
    );
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await mend();
    expect(await answer.last()).toContain('Not while it fails.');
    await worked();
    expect(bench.wordsSince(from)).toEqual(['Your verdict is recorded.']);
    const { rows } = await bench.mcp.database.pool.query(
      'select from verdict where approval_id = $1',
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  // Guarantee: no press is answered for that isn't kept, and its request may come again.
  it('is not answered for where it can’t be kept', async () => {
    const { id } = await bench.held();
    const at = buttonOf(await bench.message(id), 'holdpoint_approve');
    const body = slackPress('U-RILEY', { action_id: at.action_id, value: at.value ?? '' });
    const headers = signedBySlack(SIGNING_SECRET, body);
    const mend = await failing('slack_press');
    expect(await bench.post(body, headers)).toBe(500);
    await mend();
    expect(await bench.post(body, headers)).toBe(200);
    expect(await bench.post(body, headers)).toBe(401);
    await until(async () => (await bench.mcp.stateOf(id)) !== 'held', 'it is approved', SECONDS);
    await worked();
  });

  // Guarantee: who was told that nothing was recorded finds nothing recorded later.
  it('that can’t be given any more says so to its person, and stays so', async () => {
    const { id } = await bench.held();
    const body = sent(buttonOf(await bench.message(id), 'holdpoint_deny'), 'Never recorded.');
    const from = bench.slack.calls.length;
    const mend = await failing('verdict');
    expect(await bench.post(body, signedBySlack(SIGNING_SECRET, body))).toBe(200);
    // The later attempts, without waiting for them.
    await bench.mcp.database.pool.query('update slack_press set attempts = 4');
    await worked();
    await mend();
    expect(bench.wordsSince(from)).toEqual([
      'Your verdict was not recorded: the gateway failed. Decide in Holdpoint.',
    ]);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: an approval is not given long after it was meant, nor by a signing secret of the past.
  it.each([
    ['an old approval', `at = at - interval '11 minutes'`, 'more than ten minutes after'],
    ['of an earlier secret', `at = at`, 'signing secret was changed'],
  ])('decides nothing where it is %s', async (_what, change, words) => {
    const { id } = await bench.held();
    const at = buttonOf(await bench.message(id), 'holdpoint_approve');
    const from = bench.slack.calls.length;
    // No attempt begins before the change.
    const mend = await failing('slack_press', 'update of attempts');
    expect(await bench.press('U-RILEY', at)).toBe(200);
    await bench.mcp.database.pool.query(`update slack_press set ${change}`);
    const back = words.includes('secret') ? await bench.resign('c'.repeat(32)) : undefined;
    await mend();
    await bench.said(words, from);
    await worked();
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await back?.();
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: an account that was let go, or a secret that was changed, decides nothing that is on its way.
  it.each([
    ['the account is untied', 'was untied meanwhile'],
    ['the signing secret is another one', 'signing secret was changed'],
  ])('decides nothing where meanwhile %s', async (_what, words) => {
    const { id } = await bench.held();
    const posted = await bench.message(id);
    await bench.tie('U-SAM', bench.mcp.person('sam'), posted);
    const from = bench.slack.calls.length;
    let back: (() => Promise<unknown>) | undefined;
    await bench.midway(
      () => bench.press('U-SAM', buttonOf(posted, 'holdpoint_approve')),
      async () => {
        if (words.includes('secret')) back = await bench.resign('9'.repeat(32));
        const user = { teamId: 'T1', userId: 'U-SAM' };
        await bench.mcp.context.get(SlackAccounts).untie(user, bench.mcp.person('sam'));
      },
    );
    await bench.said(words, from);
    await worked();
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await back?.();
    await bench.mcp.decide('deny', id);
  });

  it('is told of again where Slack took no word', async () => {
    const { id } = await bench.held();
    const at = buttonOf(await bench.message(id), 'holdpoint_approve');
    const from = bench.slack.calls.length;
    bench.slack.refuse('chat.postEphemeral');
    expect(await bench.press('U-RILEY', at)).toBe(200);
    await until(async () => (await bench.mcp.stateOf(id)) !== 'held', 'it is approved', SECONDS);
    await bench.said('Your verdict is recorded.', from);
    await worked();
    expect(bench.wordsSince(from)).toEqual(['Your verdict is recorded.']);
  });
});

describe('an admin who knows a signing secret of their own', () => {
  // Guarantee: who sets a channel up can sign presses there, and decides as nobody by it.
  it('decides as nobody who tied an account elsewhere, or under an earlier secret', async () => {
    const own = 'e'.repeat(32);
    const rogue = await bench.addChannel('Rogue', own);
    const { id } = await bench.held();
    const { action_id: action, value = '' } = buttonOf(
      await bench.message(id),
      'holdpoint_approve',
    );
    // What an admin's own route would have done.
    await bench.mcp.database.pool.query(
      `insert into notification_reference (channel_id, thread, reference) values ($1, $2, '1.1')`,
      [rogue, id],
    );
    const forged = slackPress('U-RILEY', { action_id: action, value });
    let from = bench.slack.calls.length;
    expect(await bench.post(forged, signedBySlack(own, forged), rogue)).toBe(200);
    await bench.said('does not know who you are', from);

    const later = 'd'.repeat(32);
    const back = await bench.resign(later);
    from = bench.slack.calls.length;
    expect(await bench.post(forged, signedBySlack(later, forged))).toBe(200);
    await bench.said('does not know who you are', from);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await back();
    await bench.mcp.decide('deny', id);
  });
});

describe('a request to the Slack endpoint', () => {
  // Guarantee: authenticated by signature and time, taken once, and only with this channel's secret.
  it('is taken only if Slack signed it, for this channel, now, once', async () => {
    const { id } = await bench.held();
    const posted = await bench.message(id);
    const { action_id: action, value = '' } = buttonOf(posted, 'holdpoint_approve');
    const body = slackPress('U-RILEY', { action_id: action, value });
    const headers = signedBySlack(SIGNING_SECRET, body);
    const official =
      (given: Record<string, string>, what = body) =>
      () => {
        verifySlackRequest({
          signingSecret: SIGNING_SECRET,
          body: what,
          headers: {
            'x-slack-signature': given['x-slack-signature'] ?? '',
            'x-slack-request-timestamp': Number(given['x-slack-request-timestamp']),
          },
        });
      };
    // The official check says the same of each.
    expect(official(headers)).not.toThrow();
    const other = await bench.addChannel('Other Slack', 'f'.repeat(32));
    const stale = signedBySlack(SIGNING_SECRET, body, Math.floor(Date.now() / 1000) - 600);
    const wrong = signedBySlack('f'.repeat(32), body);
    for (const given of [stale, wrong, { ...headers, 'x-slack-signature': 'v0=00' }]) {
      expect(official(given)).toThrow();
      expect(await bench.post(body, given)).toBe(401);
    }
    expect(await bench.post(body.replace('U-RILEY', 'U-OTHER'), headers)).toBe(401);
    expect(await bench.post(body, {})).toBe(401);
    // Nothing of it is read: it would be too long.
    expect(await bench.post('x'.repeat(256 * 1024 + 1), stale)).toBe(401);
    expect(await bench.post(body, headers, other)).toBe(401);
    // Another channel's secret opens that channel only, and it was told of nothing.
    expect(await bench.post(body, wrong, other)).toBe(400);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    const now = signedBySlack(SIGNING_SECRET, body);
    expect(await bench.post(body, now)).toBe(200);
    expect(await bench.post(body, now)).toBe(401);
    await until(async () => (await bench.mcp.stateOf(id)) !== 'held', 'it is approved', SECONDS);
  });
});

async function callerKey(): Promise<string> {
  const { rows } = await bench.mcp.database.pool.query<{ caller_key: string }>(
    'select caller_key from approval limit 1',
  );
  return rows[0]?.caller_key ?? '';
}
