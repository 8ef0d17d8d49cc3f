import { describe, expect, it } from '@jest/globals';
import type { ApprovalRow } from './approvals-csv.ts';
import { ApprovalRegister, approvalsCsv } from './approvals-csv.ts';

const row: ApprovalRow = {
  position: 7,
  approval: 'a-1',
  askedBy: 'agent-7 for ann',
  askedAt: '2026-07-28T09:00:00.000Z',
  connection: 'prod-db',
  what: 'query',
  decidedBy: ['rita', 'sam'],
  decidedAt: '2026-07-28T09:00:05.000Z',
  why: null,
  outcome: 'approved',
};
const header =
  'position,approval,asked by,asked at (UTC),connection,what,decided by,decided at (UTC),why,outcome\r\n';

const cells = [
  { description: 'a plain text', why: 'looks fine', cell: 'looks fine' },
  { description: 'commas and quotes', why: 'so, "fine"', cell: '"so, ""fine"""' },
  { description: 'a line break', why: 'a\nb', cell: '"a\nb"' },
  { description: 'a formula', why: '=HYPERLINK("http://x")', cell: '"\'=HYPERLINK(""http://x"")"' },
  { description: 'a plus', why: '+1', cell: "'+1" },
  { description: 'a minus', why: '-1', cell: "'-1" },
  { description: 'an at sign', why: '@SUM(A1)', cell: "'@SUM(A1)" },
  { description: 'a tab', why: '\t=1', cell: "'\t=1" },
  { description: 'a line break before a formula', why: '\r=1', cell: '"\'\r=1"' },
];

describe('the approvals CSV', () => {
  it('is the header alone without approvals', () => {
    expect(approvalsCsv([])).toBe(header);
  });

  it('has one line per approval', () => {
    expect(approvalsCsv([row])).toBe(
      `${header}7,a-1,agent-7 for ann,2026-07-28T09:00:00.000Z,prod-db,query,rita; sam,2026-07-28T09:00:05.000Z,,approved\r\n`,
    );
  });

  it.each(cells)('writes $description safely', ({ why, cell }) => {
    expect(approvalsCsv([{ ...row, why }]).slice(header.length)).toContain(
      `Z,${cell},approved\r\n`,
    );
  });
});

describe('the register of approvals', () => {
  const entry = { id: 'x', at: 'x', kind: 'approval.settled', approval: 'a-1' };
  const { position, approval, ...record } = row;

  it('keeps the last account of each approval, in the order of the first', () => {
    const register = new ApprovalRegister();
    register.add(1, { ...entry, approval, data: { approvalRecord: record } });
    register.add(2, { ...entry, approval: 'a-2', data: { approvalRecord: record } });
    register.add(position, {
      ...entry,
      data: { approvalRecord: { ...record, outcome: 'answered' } },
    });
    expect(register.rows()).toEqual([
      { ...row, outcome: 'answered' },
      { ...row, position: 2, approval: 'a-2' },
    ]);
  });

  it.each([
    { description: 'no record', data: {} },
    { description: 'a record with a missing member', data: { approvalRecord: { askedBy: 'x' } } },
    { description: 'a record that is a text', data: { approvalRecord: 'x' } },
  ])('passes over entries with $description', ({ data }) => {
    const register = new ApprovalRegister();
    register.add(1, { ...entry, data });
    expect(register.rows()).toEqual([]);
  });
});
