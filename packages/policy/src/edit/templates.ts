import { celText } from './clauses.ts';
import type { RuleValues } from './rule-values.ts';

/** What a template asks for before it becomes a rule. */
export interface TemplateParameter {
  readonly name: string;
  readonly label: string;
  /** What may be suggested for it. `argument` is a name below `args`. */
  readonly kind: 'connections' | 'tools' | 'groups' | 'argument' | 'number' | 'text' | 'chain';
  /** What stands there at first; several names are separated by commas. */
  readonly initial: string;
}

/** A rule for a common intent. */
export interface RuleTemplate {
  readonly id: string;
  readonly title: string;
  /** One sentence: what calls will be treated how. */
  readonly intent: string;
  readonly parameters: readonly TemplateParameter[];
  /** Takes what was filled in; an empty text leaves the part out. */
  readonly rule: (given: Readonly<Record<string, string>>) => RuleValues;
}

const CONNECTIONS = {
  name: 'connections',
  label: 'Connections',
  kind: 'connections',
  initial: 'prod-*',
} as const;
const ANY_CONNECTION = { ...CONNECTIONS, initial: '*' } as const;
const SQL_TOOLS = {
  name: 'tools',
  label: 'Tools that take SQL',
  kind: 'tools',
  initial: 'query',
} as const;
const SQL_ARGUMENT = {
  name: 'argument',
  label: 'Argument that holds the SQL',
  kind: 'argument',
  initial: 'sql',
} as const;
const CHAIN = {
  name: 'chain',
  label: 'Who approves (a chain; empty for the connection’s own)',
  kind: 'chain',
  initial: '',
} as const;

/** The rules that most installations begin with. */
export const RULE_TEMPLATES: readonly RuleTemplate[] = [
  {
    id: 'hold-writes',
    title: 'Hold every write to production',
    intent:
      'A person looks at every SQL statement that may change something; one that can’t be read counts as a write.',
    parameters: [CONNECTIONS, SQL_TOOLS, SQL_ARGUMENT, CHAIN],
    rule: (given) => ({
      id: 'hold-production-writes',
      description: 'A person looks at every statement that may write',
      ...about(given),
      when: `sql(${argument(given, 'sql')}).mutates`,
      effect: 'hold',
      ...chain(given),
    }),
  },
  {
    id: 'deny-ddl',
    title: 'Deny schema changes',
    intent:
      'Nobody creates, alters or drops tables, or changes privileges, through an agent; a statement that can’t be read is denied, too.',
    parameters: [ANY_CONNECTION, SQL_TOOLS, SQL_ARGUMENT],
    rule: (given) => ({
      id: 'no-schema-changes',
      description: 'Agents don’t change the schema',
      ...about(given),
      // Errs where the text can't be read, which denies: servers run what no parser here understands.
      when: `sql(${argument(given, 'sql')}).ddl`,
      effect: 'deny',
      message: 'Schema changes go through migrations.',
    }),
  },
  {
    id: 'hold-model-settings',
    title: 'Hold changes to model settings',
    intent: 'A person looks at every change of what customers see everywhere.',
    parameters: [
      ANY_CONNECTION,
      { name: 'tools', label: 'Tools', kind: 'tools', initial: 'update_model_config' },
      CHAIN,
    ],
    rule: (given) => ({
      id: 'hold-model-changes',
      description: 'Model settings change what every customer sees, so a person looks at it first',
      ...about(given),
      effect: 'hold',
      ...chain(given),
      message: 'Changes to model settings wait for a reviewer.',
    }),
  },
  {
    id: 'mask-people',
    title: 'Mask people',
    intent: 'Personal data and secrets are taken out of every answer.',
    parameters: [ANY_CONNECTION],
    rule: (given) => ({
      id: 'mask-people',
      description: 'Personal data and secrets stay out of every answer',
      ...about(given),
      mask: [
        { detect: ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'], as: 'redact' },
      ],
    }),
  },
  {
    id: 'allow-reads',
    title: 'Allow reads',
    intent: 'SQL statements that the parser shows to only read run right away.',
    parameters: [CONNECTIONS, SQL_TOOLS, SQL_ARGUMENT],
    rule: (given) => ({
      id: 'allow-reads',
      description: 'Statements that only read run right away',
      ...about(given),
      when: `!sql(${argument(given, 'sql')}).mutates`,
      effect: 'allow',
    }),
  },
  {
    id: 'rate-limit',
    title: 'Limit the rate',
    intent: 'A caller that makes more calls than usual is held until somebody has looked.',
    parameters: [
      ANY_CONNECTION,
      { name: 'number', label: 'More than this many calls', kind: 'number', initial: '20' },
      { name: 'window', label: 'Within', kind: 'text', initial: '10m' },
      CHAIN,
    ],
    rule: (given) => ({
      id: 'rate-limit',
      description: `More than ${number(given, 'number', 20)} calls within ${text(given, 'window', '10m')} are unusual`,
      ...about(given),
      when: `count(${celText(text(given, 'window', '10m'))}) > ${number(given, 'number', 20)}`,
      effect: 'hold',
      ...chain(given),
    }),
  },
  {
    id: 'office-hours',
    title: 'Office hours only',
    intent: 'Outside of working hours every call waits for somebody who is there.',
    parameters: [
      CONNECTIONS,
      { name: 'hours', label: 'Working hours', kind: 'text', initial: 'mon-fri 08:00-18:00' },
      { name: 'zone', label: 'Time zone', kind: 'text', initial: 'Europe/Berlin' },
      CHAIN,
    ],
    rule: (given) => ({
      id: 'outside-office-hours',
      description: 'Outside of office hours somebody on call decides',
      ...about(given),
      when: `!within(now, ${celText(text(given, 'hours', 'mon-fri 08:00-18:00'))}, ${celText(text(given, 'zone', 'UTC'))})`,
      effect: 'hold',
      ...chain(given),
    }),
  },
  {
    id: 'large-amounts',
    title: 'Hold large amounts',
    intent: 'Calls above an amount wait for a person; so do calls that name none.',
    parameters: [
      ANY_CONNECTION,
      { name: 'tools', label: 'Tools', kind: 'tools', initial: 'refund_order' },
      {
        name: 'argument',
        label: 'Argument that holds the amount',
        kind: 'argument',
        initial: 'amount',
      },
      { name: 'number', label: 'More than', kind: 'number', initial: '100' },
      CHAIN,
    ],
    rule: (given) => ({
      id: 'large-amounts',
      description: `Somebody looks at more than ${number(given, 'number', 100)}`,
      ...about(given),
      when: `${argument(given, 'amount')} > ${number(given, 'number', 100)}`,
      effect: 'hold',
      ...chain(given),
    }),
  },
  {
    id: 'outside-folder',
    title: 'Deny files outside a folder',
    intent: 'Paths that don’t begin with the folder, or step up from it, are denied.',
    parameters: [
      ANY_CONNECTION,
      { name: 'tools', label: 'Tools', kind: 'tools', initial: 'read_file, write_file' },
      {
        name: 'argument',
        label: 'Argument that holds the path',
        kind: 'argument',
        initial: 'path',
      },
      {
        name: 'folder',
        label: 'Folder, with a slash at its end',
        kind: 'text',
        initial: '/srv/public/',
      },
    ],
    rule: (given) => {
      const path = argument(given, 'path');
      // Without the slash `/srv/public-keys` would be inside.
      const folder = text(given, 'folder', '/').replace(/[^/\\]$/, '$&/');
      return {
        id: 'files-outside-folder',
        description: `Files outside ${folder} are none of an agent’s business`,
        ...about(given),
        // What steps up from the folder also begins with it.
        when: `!${path}.startsWith(${celText(folder)}) || ${path}.contains("..")`,
        effect: 'deny',
      };
    },
  },
  {
    id: 'services-read-only',
    title: 'Service identities only read',
    intent: 'A service identity’s SQL is denied unless it only reads; people are not concerned.',
    parameters: [ANY_CONNECTION, SQL_TOOLS, SQL_ARGUMENT],
    rule: (given) => ({
      id: 'services-only-read',
      description: 'Service identities only read',
      ...about(given),
      kinds: ['service'],
      when: `sql(${argument(given, 'sql')}).mutates`,
      effect: 'deny',
      message: 'Service identities only read.',
    }),
  },
  {
    id: 'unbounded-writes',
    title: 'Deny unbounded writes',
    intent:
      'An UPDATE or DELETE without a WHERE clause, and TRUNCATE, are denied; so is a statement that can’t be read.',
    parameters: [ANY_CONNECTION, SQL_TOOLS, SQL_ARGUMENT],
    rule: (given) => ({
      id: 'no-unbounded-writes',
      description: 'A write says which rows it is about',
      ...about(given),
      when: `!sql(${argument(given, 'sql')}).where`,
      effect: 'deny',
      message: 'Add a WHERE clause.',
    }),
  },
  {
    id: 'observe-first',
    title: 'Observe first',
    intent: 'A rule that only records what it would have held, until you enforce it.',
    parameters: [ANY_CONNECTION, { name: 'tools', label: 'Tools', kind: 'tools', initial: '*' }],
    rule: (given) => ({
      id: 'would-hold',
      description: 'Recorded only, to see what it would hold',
      ...about(given),
      effect: 'hold',
      mode: 'observe',
    }),
  },
];

function about(given: Readonly<Record<string, string>>): RuleValues {
  const connections = namesOf(given['connections']);
  const tools = namesOf(given['tools']);
  return {
    ...(connections.length > 0 && { connections }),
    ...(tools.length > 0 && { tools }),
  };
}

function namesOf(list: string | undefined): readonly string[] {
  const names = (list ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

function chain(given: Readonly<Record<string, string>>): RuleValues {
  const name = (given['chain'] ?? '').trim();
  return name === '' ? {} : { approval: name };
}

/** An argument by its path, or by an index where one of its names is no CEL name. */
function argument(given: Readonly<Record<string, string>>, otherwise: string): string {
  const path = text(given, 'argument', otherwise);
  if (/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(path)) return `args.${path}`;
  return `args[${celText(path)}]`;
}

function text(given: Readonly<Record<string, string>>, name: string, otherwise: string): string {
  const value = (given[name] ?? '').trim();
  return value === '' ? otherwise : value;
}

function number(given: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const value = Number(text(given, name, String(otherwise)));
  return Number.isFinite(value) && Math.abs(value) < 1e15 ? value : otherwise;
}
