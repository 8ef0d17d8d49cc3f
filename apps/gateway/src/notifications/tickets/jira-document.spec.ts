import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { noticeSchema } from '../events/notice.ts';
import { DOCUMENT_SCHEMA } from '../../testing/jira-document-schema.ts';
import { jiraComment, jiraDescription, jiraSummary } from './jira-document.ts';

const isDocument = new Ajv({ strict: false }).compile(DOCUMENT_SCHEMA);
const VERDICTS = { approved: 'Approved', denied: 'Denied' };
const EVIL =
  '[~accountid:1] {code}\n@everyone [Approve|https://evil.example] https://evil.example/ ‮';

function noticeWith(hostile: string) {
  return noticeSchema.parse({
    ...{ event: 'approval.held', at: '2026-11-28T12:00:00Z', severity: 'normal' },
    sentence: `robot’s agent wants to run ${hostile} on demo`,
    facts: {
      ...{ kind: 'approval', approvalId: 'a1', state: 'held', method: 'tools/call' },
      ...{ target: hostile, connection: { id: 'c', slug: 'demo', title: 'Demo' } },
      ...{ caller: { name: hostile, kind: 'service', clientId: null }, callerKey: 'k' },
      ...{ why: hostile, steps: [], current: null, verdicts: [] },
    },
    arguments: { text: hostile, characters: hostile.length, omitted: 0, masked: 0 },
    decision: { step: 0, digest: 'd' },
    link: 'https://holdpoint.example.com/inbox/a1',
  });
}

describe('a ticket in Jira', () => {
  // Guarantee: nothing an agent writes is a mention, a link, a heading or a format.
  it('is a document of plain text, whatever is in it, with one link that is ours', () => {
    const content = { notice: noticeWith(EVIL), reference: 'r', decides: 'both' } as const;
    const document = jiraDescription(content, { verdicts: VERDICTS, withArguments: true });
    expect(isDocument(document)).toBe(true);
    const written = JSON.stringify(document);
    expect(written.match(/"href":"[^"]*"/gu)).toEqual([
      '"href":"https://holdpoint.example.com/inbox/a1"',
    ]);
    expect(new Set(written.match(/"type":"[^"]*"/gu))).toEqual(
      new Set(
        ['doc', 'paragraph', 'text', 'strong', 'codeBlock', 'link'].map((one) => `"type":"${one}"`),
      ),
    );
    expect(written).toContain('move the ticket to “Approved” or “Denied”');
    expect(written).not.toContain('‮');
  });

  it('says what is left to do where it shows less than would run', () => {
    const notice = noticeWith('write');
    const content = { notice, reference: 'r', decides: 'denial' } as const;
    const settings = { verdicts: VERDICTS, withArguments: false };
    const written = JSON.stringify(jiraDescription(content, settings));
    expect(written).toContain('The arguments are not shown here');
    expect(written).toContain('moving it to “Approved” approves nothing');
    expect(written).not.toContain('codeBlock');
  });

  it('has a summary of one line that Jira takes, and comments that are documents', () => {
    const notice = noticeWith(`${'long '.repeat(200)}\nsecond line`);
    expect(jiraSummary({ notice })).toMatch(/^Held for approval: [^\n]{1,230}$/u);
    expect(jiraSummary({ notice }).length).toBeLessThanOrEqual(255);
    expect(isDocument(jiraComment({ notice, words: null }))).toBe(true);
    expect(isDocument(jiraComment({ notice, words: '' }))).toBe(true);
  });
});
