import { csvText } from '@holdpoint/audit-log';
import type { Numbers, Wait } from '@holdpoint/contracts';

/** The page's figures, one a line: of what, which, of how many. Times are in ms. */
export function numbersCsv(numbers: Numbers): string {
  const waitRows = (table: string, name: string, { n, medianMs, p90Ms }: Wait) => [
    [table, name, 'median ms', medianMs, n],
    [table, name, 'p90 ms', p90Ms, n],
  ];
  const { reading } = numbers;
  const rows = [
    ...Object.entries(numbers.outcomes).map(([name, count]) => [
      'outcome',
      name,
      'approvals',
      count,
      numbers.held,
    ]),
    ['arguments', 'changed by a reviewer', 'approvals', numbers.edited, numbers.held],
    ['grants', 'passed without a look', 'calls', numbers.granted, ''],
    ...numbers.steps.flatMap(({ chain, position, wait }) =>
      waitRows('wait by step', `${chain}, step ${position}`, wait),
    ),
    ...numbers.groups.flatMap(({ group, wait }) =>
      waitRows('wait by group', group ?? 'people by name', wait),
    ),
    ...numbers.byDay.flatMap(({ day, approvals, denials }) => [
      ['day', day, 'approvals', approvals, approvals + denials],
      ['day', day, 'denials', denials, approvals + denials],
    ]),
    ['everyone', '', 'approved in under 3 s', reading.underThreeSeconds, reading.timed],
    ...numbers.people.flatMap((one) => {
      const name = `${one.person.name} (${one.person.key})`;
      const all = one.approvals + one.denials;
      return [
        ['person', name, 'approvals', one.approvals, all],
        ['person', name, 'denials', one.denials, all],
        ['person', name, 'approved in under 3 s', one.underThreeSeconds, one.timed],
      ];
    }),
    ...numbers.alwaysApproved.map(({ ruleId, n }) => ['always approved', ruleId, 'holds', n, n]),
  ];
  return csvText([
    ['table', 'name', 'figure', 'value', 'of'],
    ...rows.map((cells) => cells.map((cell) => (cell === null ? '' : String(cell)))),
  ]);
}
