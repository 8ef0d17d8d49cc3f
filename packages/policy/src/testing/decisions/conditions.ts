import type { JudgedCall } from '../../call.ts';
import { judgedCall } from '../fixtures.ts';
import type { DecisionCase } from './decision-case.ts';

const sql = (text: unknown): JudgedCall => judgedCall({ args: { sql: text } });

/** What conditions can look at. */
export const CONDITIONS: readonly DecisionCase[] = [
  {
    name: 'a true when',
    rules: ['effect: allow, when: args.sql == "select 1"'],
    expected: { effect: 'allow' },
  },
  {
    name: 'a false when',
    rules: ['effect: deny, when: args.sql == "x"'],
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'a true unless',
    rules: ['effect: deny, unless: caller.kind == "service"'],
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'when and unless',
    rules: ['effect: deny, when: "true", unless: caller.kind == "person"'],
    expected: { effect: 'deny' },
  },
  {
    name: 'a number',
    rules: ['effect: hold, when: args.amount > 100', 'effect: allow'],
    call: judgedCall({ args: { amount: 100.5 } }),
    expected: { effect: 'hold' },
  },
  {
    name: 'a big integer',
    rules: ['effect: allow, when: args.id == 9007199254740993'],
    call: judgedCall({ args: { id: 9007199254740993n } }),
    expected: { effect: 'allow' },
  },
  {
    name: 'a big integer beside its neighbour',
    rules: ['effect: allow, when: args.id == 9007199254740992'],
    call: judgedCall({ args: { id: 9007199254740993n } }),
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'has',
    rules: ['effect: deny, when: has(args.force)', 'effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'null is present',
    rules: ['effect: deny, when: has(args.force) && args.force == null'],
    call: judgedCall({ args: { force: null } }),
    expected: { effect: 'deny' },
  },
  {
    name: 'lists',
    rules: ['effect: deny, when: "args.ids.exists(i, i < 0)"'],
    call: judgedCall({ args: { ids: [1, -1] } }),
    expected: { effect: 'deny' },
  },
  {
    name: 'groups',
    rules: ['effect: allow, when: "\'data-agents\' in caller.groups"'],
    expected: { effect: 'allow' },
  },
  {
    name: 'annotations',
    rules: ['effect: deny, when: tool.annotations.destructiveHint == true'],
    call: judgedCall({ tool: { name: 'query', annotations: { destructiveHint: true } } }),
    expected: { effect: 'deny' },
  },
  {
    name: 'params',
    rules: ['effect: allow, when: call.params.name == call.name'],
    expected: { effect: 'allow' },
  },
  {
    name: 'the session’s client',
    rules: ['effect: allow, when: session.client.name == "c"'],
    call: judgedCall({ client: { name: 'c' } }),
    expected: { effect: 'allow' },
  },
  {
    name: 'the time of day',
    rules: ['effect: deny, when: now.getHours() >= 15 && now.getHours("Asia/Tokyo") == 0'],
    expected: { effect: 'deny' },
  },
  {
    name: 'a regular expression',
    rules: ['effect: deny, when: "args.sql.matches(\'(?i)^SELECT\')"'],
    expected: { effect: 'deny' },
  },
  {
    name: 'glob',
    rules: ['effect: deny, when: "glob(\'sel*\', args.sql)"'],
    expected: { effect: 'deny' },
  },
  {
    name: 'cidr',
    rules: ['effect: deny, when: "cidr(\'10.0.0.0/8\', args.ip)"'],
    call: judgedCall({ args: { ip: '::ffff:10.1.2.3' } }),
    expected: { effect: 'deny' },
  },
  {
    name: 'cidr of what is no address',
    rules: ['effect: allow, when: "cidr(\'10.0.0.0/8\', args.ip)"'],
    call: judgedCall({ args: { ip: '010.1.2.3' } }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'sql that reads',
    rules: ['effect: allow, when: "!sql(args.sql).mutates"'],
    expected: { effect: 'allow' },
  },
  {
    name: 'sql that writes',
    rules: ['effect: hold, when: sql(args.sql).mutates'],
    call: sql('delete from t'),
    expected: { effect: 'hold', source: 'rule' },
  },
  {
    name: 'unreadable sql counts as writing',
    rules: ['effect: hold, when: sql(args.sql).mutates'],
    call: sql('selec'),
    expected: { effect: 'hold', source: 'rule' },
  },
  {
    name: 'other facts of unreadable sql err',
    rules: ['effect: deny, when: sql(args.sql).ddl'],
    call: sql('selec'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'tables as written',
    rules: ['effect: deny, when: "\'payroll\' in sql(args.sql).tables"'],
    call: sql('select 1 from hr.payroll'),
    expected: { effect: 'deny' },
  },
  {
    name: 'touches a qualified table',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.*")'],
    call: sql('select 1 from hr.payroll'),
    expected: { effect: 'deny' },
  },
  {
    name: 'an unqualified table matches every schema',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.payroll")'],
    call: sql('select 1 from payroll'),
    expected: { effect: 'deny' },
  },
  {
    name: 'touches a table whose database is named, too',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.*")'],
    call: sql('select * from shop.hr.payroll'),
    expected: { effect: 'deny' },
  },
  {
    name: 'touches whatever is in a schema',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.payroll")'],
    call: sql('drop schema hr cascade'),
    expected: { effect: 'deny' },
  },
  ...['*.payroll', 'h*.payroll'].map((pattern) => ({
    name: `touches whatever is in a schema that ${pattern} names`,
    rules: [`effect: deny, when: sql(args.sql).touches("${pattern}")`],
    call: sql('drop schema hr cascade'),
    expected: { effect: 'deny', source: 'rule' } as const,
  })),
  ...['hr.payroll', '*.payroll', 'payroll'].map((pattern) => ({
    name: `touches ${pattern} in whatever somebody owns`,
    rules: [`effect: deny, when: sql(args.sql).touches("${pattern}")`],
    call: sql('drop owned by etl cascade'),
    expected: { effect: 'deny', source: 'rule' } as const,
  })),
  ...[
    'select 1 from payroll',
    'select 1 from hr.payroll',
    'select 1 from shop.hr.payroll',
    'drop schema hr cascade',
  ].map((text) => ({
    name: `an unqualified pattern matches every schema: ${text}`,
    rules: ['effect: deny, when: sql(args.sql).touches("payroll")'],
    call: sql(text),
    expected: { effect: 'deny', source: 'rule' } as const,
  })),
  {
    name: 'an unqualified pattern matches no other table',
    rules: ['effect: deny, when: sql(args.sql).touches("payroll")'],
    call: sql('select 1 from payroll.runs, hr.payrolls'),
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'touches nothing of another schema',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.payroll")'],
    call: sql('drop schema h cascade'),
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'touches another table',
    rules: ['effect: deny, when: sql(args.sql).touches("hr.payroll")'],
    call: sql('select 1 from public.payroll, orders'),
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'touches of unreadable sql errs',
    rules: ['effect: deny, when: sql(args.sql).touches("a")'],
    call: sql('selec'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'the number of statements',
    rules: ['effect: deny, when: sql(args.sql).statements > 1'],
    call: sql('select 1; select 2'),
    expected: { effect: 'deny' },
  },
];
