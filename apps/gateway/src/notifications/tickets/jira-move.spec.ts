import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { contentHash, wordsOf } from './jira-content.ts';
import { looksSigned, readHint } from './jira-hint.ts';
import { moveOf } from './jira-move.ts';
import type { JiraChange, JiraReading } from './jira-reader.ts';
import type { TicketRow } from './ticket.sql.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const CONTENT = { summary: 'Held', description: { type: 'doc', version: 1, content: [] } };
const TICKET: TicketRow = {
  ...{ messageId: 'm', channelId: 'c', thread: 'a', step: 1, name: { id: '1', key: 'OPS-1' } },
  ...{ digest: 'd', contentHash: contentHash(CONTENT), isClosed: false },
  verdicts: { approved: 'Approved', denied: 'Denied' },
};
const MOVED = change('7', 'status', '2');
const LATER = { field: 'labels', to: null, fromName: 'holdpoint', toName: 'holdpoint holdpoint-m' };
const READING: JiraReading = {
  status: { id: '2', name: 'APPROVED' },
  content: CONTENT,
  changes: [MOVED],
};

function change(id: string, field: string, to: string, minutesAgo = 1): JiraChange {
  return {
    ...{ id, author: { accountId: 'riley' } },
    items: [{ field, to, fromName: '', toName: to === '3' ? 'Denied' : 'Approved' }],
    created: new Date(NOW.getTime() - minutesAgo * 60_000),
  };
}

const item = ({ items: [first] }: JiraChange) => ({ ...LATER, ...first });

const moved = (ticket: Partial<TicketRow> = {}, reading: Partial<JiraReading> = {}) =>
  moveOf({ ...TICKET, ...ticket }, { ...READING, ...reading }, NOW);

describe('a move of a ticket', () => {
  it('approves as the account that made it', () => {
    expect(moved()).toMatchObject({ kind: 'verdict', verdict: 'approve', account: 'riley' });
  });

  // Guarantee: nobody approves by a ticket what it didn't show, whole and unchanged.
  it.each<[string, Partial<TicketRow>, Partial<JiraReading>, RegExp]>([
    ['what the ticket doesn’t show whole', { digest: null }, {}, /doesn’t show all/],
    ['other texts', {}, { content: { ...CONTENT, summary: 'Other' } }, /were changed/],
    ['texts that nobody read back', { contentHash: null }, {}, /were changed/],
    [
      'texts that were changed back',
      {},
      { changes: [change('5', 'description', '', 3), change('6', 'description', '', 2), MOVED] },
      /were changed/,
    ],
    [
      'texts that were changed after the move',
      {},
      { changes: [MOVED, change('8', 'summary', '')] },
      /were changed/,
    ],
    [
      'a status that was given the name later',
      {},
      { changes: [{ ...MOVED, items: [{ ...item(MOVED), toName: 'In review' }] }] },
      /another name/,
    ],
    [
      'a ticket that got the label of another one',
      {},
      { changes: [{ ...MOVED, id: '6', items: [LATER] }, MOVED] },
      /put on it later/,
    ],
    ['an old move', {}, { changes: [change('7', 'status', '2', 61)] }, /more than an hour/],
    ['a ticket that asks no more', { isClosed: true }, {}, /nobody is asked/],
    ['a move by nobody', {}, { changes: [{ ...MOVED, author: undefined }] }, /whose account/],
  ])('approves nothing by %s', (_what, ticket, reading, why) => {
    expect(moved(ticket, reading)).toMatchObject({
      kind: 'refused',
      changeId: '7',
      why: expect.stringMatching(why),
    });
  });

  it('denies whatever the ticket shows, and however late: nothing runs by it', () => {
    const status = { id: '3', name: 'Denied' };
    const changes = [change('7', 'status', '3', 300), change('8', 'summary', '')];
    expect(moved({ digest: null }, { status, changes })).toMatchObject({ verdict: 'deny' });
  });

  it.each<[string, Partial<TicketRow>, Partial<JiraReading>]>([
    ['to another status', {}, { status: { id: '9', name: 'Doing' } }],
    ['of a ticket that names no verdicts', { verdicts: null }, {}],
    ['of a ticket that asks nobody', { step: null }, {}],
    ['that was undone', {}, { changes: [MOVED, change('8', 'status', '1')] }],
    ['among more changes than are read', {}, { changes: null }],
    ['that Jira knows nothing of', {}, { changes: [] }],
  ])('is no verdict %s', (_what, ticket, reading) => {
    expect(moved(ticket, reading)).toEqual({ kind: 'none' });
  });
});

describe('a webhook of Jira', () => {
  const SECRET = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
  const move = {
    ...{ timestamp: NOW.getTime(), webhookEvent: 'jira:issue_updated', issue: { id: '10' } },
    changelog: { id: '7', items: [{ field: 'status' }] },
  };
  function read(body: object, secret = SECRET, at = NOW) {
    const text = JSON.stringify(body);
    const mac = createHmac('sha256', secret).update(text).digest('hex');
    return readHint(
      SECRET,
      { 'x-hub-signature': `sha256=${mac}` },
      Buffer.from(text),
      at.getTime(),
    );
  }

  // Guarantee: only who has this channel's secret is listened to, and only about now.
  it('is taken with the channel’s signature, within an hour', () => {
    expect(read(move)).toMatchObject({ kind: 'hint', hint: { ticketId: '10', commentId: null } });
    expect(read(move, 'another').kind).toBe('forged');
    expect(readHint(SECRET, {}, Buffer.from('{}'), 0).kind).toBe('forged');
    expect(looksSigned({})).toBe(false);
    expect(looksSigned({ 'x-hub-signature': `sha256=${'0'.repeat(63)}` })).toBe(false);
    expect(looksSigned({ 'x-hub-signature': `sha256=${'0'.repeat(64)}` })).toBe(true);
    expect(read(move, SECRET, new Date(NOW.getTime() + 3_600_001)).kind).toBe('stale');
    expect(read(move, SECRET, new Date(NOW.getTime() - 300_001)).kind).toBe('stale');
  });

  it('says that a ticket was moved or commented on; all else says nothing', () => {
    const commented = { ...move, webhookEvent: 'comment_created', comment: { id: '5' } };
    expect(read(commented)).toMatchObject({ hint: { ticketId: '10', commentId: '5' } });
    expect(read({ ...move, changelog: { items: [{ field: 'labels' }] } }).kind).toBe('nothing');
    expect(read({ ...move, issue: { id: '10/transitions' } }).kind).toBe('nothing');
  });
});

it('reads the words of a document', () => {
  const paragraph = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] });
  const content = [paragraph('Not on'), { type: 'panel', content: [paragraph('a Friday')] }, 7];
  expect(wordsOf({ type: 'doc', version: 1, content })).toBe('Not on\na Friday\n');
});
