/** A name with what stands for it, for completion and for what is shown on hover. */
export interface Term {
  readonly name: string;
  /** A type or signature. */
  readonly detail: string;
  readonly doc: string;
}

/** What each key of a policy is for, in one line. */
export const KEY_DOCS: Readonly<Record<string, string>> = {
  rules: 'The list of rules. They have no order: deny beats hold beats allow.',
  chains: 'Approval chains that the rules name.',
  default:
    'Stands in for the default of every connection: for judging recorded calls, not for publishing.',
  id: 'Names the rule in the audit log. Unique; keep it when you change the rule.',
  description: 'Why the rule is there. Reviewers read it as the reason of a hold.',
  match: 'What the rule is about. Keys are combined with "and", the entries of a list with "or".',
  when: 'A CEL condition: the rule applies if it is true.',
  unless: 'A CEL condition: the rule doesn’t apply if it is true.',
  effect: 'allow, hold or deny.',
  approval: 'The chain that must approve. Without it the connection’s own is asked.',
  stepUp:
    'passkey: whoever approves signs exactly this call and verdict with a passkey. A denial needs none.',
  message: 'What the agent reads besides the explanation.',
  mask: 'What is taken out of answers.',
  mode: 'enforce, or observe: recorded, without effect.',
  connections: 'Names of connections; patterns with * and ?.',
  methods: 'MCP methods such as tools/call.',
  tools: 'Names of tools; the rule then is about tools/call.',
  resources: 'Addresses of resources; * stops at a slash, ** doesn’t.',
  prompts: 'Names of prompts; the rule then is about prompts/get.',
  callers: 'Who calls.',
  groups: 'Groups: any of them.',
  subjects: 'Subjects at the identity provider.',
  kinds: 'person or service.',
  clients: 'OAuth clients that tokens were issued to.',
  detect: 'Finds values by their form.',
  field: 'Finds values by a path of names: * for one name, ** for any number.',
  as: 'What is left: redact, drop or partial.',
  steps: 'Taken in order.',
  reviewers: 'Who may decide: groups, people and whoever is on call.',
  onCall: 'A rota: whoever is on call by it when a verdict is given.',
  people: 'People as issuer|subject, never by e-mail address.',
  quorum: 'How many different people must approve; 1 unless given.',
  deadline: 'Such as 30 minutes, 2h, 1 day; without it the connection’s.',
  onDeadline: 'deny, or first remind or escalate; it always ends in a denial.',
  remind: 'Reminds its reviewers from the deadline on.',
  every: 'Between reminders, and after the last one before the denial.',
  atMost: 'How many reminders; 3 unless given.',
  escalate: 'Asks others, too, in rounds; after the last one it is denied.',
  to: 'Who is asked in this round, beside those before.',
  for: 'How long this round has.',
};

interface Variable extends Term {
  readonly fields: readonly Term[];
}

const term = (name: string, detail: string, doc: string): Term => ({ name, detail, doc });

/** The variables of conditions. A spec holds them against those that the engine knows. */
export const VARIABLES: readonly Variable[] = [
  {
    ...term(
      'args',
      'arguments',
      'The arguments of the call. Reading one that is missing is an error; ask with has().',
    ),
    fields: [],
  },
  {
    ...term('call', 'map', 'The call itself.'),
    fields: [
      term('method', 'string', 'The MCP method.'),
      term('name', 'string', 'Name of the tool or prompt.'),
      term('uri', 'string', 'Address of the resource.'),
      term('params', 'dyn', 'The whole parameters.'),
    ],
  },
  {
    ...term('caller', 'map', 'Who calls.'),
    fields: [
      term('subject', 'string', 'The subject at the identity provider.'),
      term('issuer', 'string', 'The identity provider.'),
      term('groups', 'list<string>', "The caller's groups: 'dba' in caller.groups"),
      term('kind', 'string', 'person or service.'),
      term('clientId', 'string', 'The OAuth client that the token was issued to.'),
    ],
  },
  {
    ...term('connection', 'map', 'The connection.'),
    fields: [term('name', 'string', 'Its name.')],
  },
  {
    ...term('session', 'map', 'The session.'),
    fields: [
      term('id', 'string', 'Its id.'),
      term('client', 'map', 'What the client says about itself: name and version.'),
    ],
  },
  {
    ...term('tool', 'map', 'The tool as its upstream describes it: untrusted.'),
    fields: [
      term('name', 'string', 'Its name.'),
      term('title', 'string', 'Its title.'),
      term('description', 'string', 'Its description.'),
      term(
        'annotations',
        'map',
        'Hints of an untrusted server: use them to be stricter, never to allow.',
      ),
      term('inputSchema', 'dyn', 'The schema of its arguments.'),
    ],
  },
  { ...term('now', 'timestamp', 'The time of the decision.'), fields: [] },
];

export const SESSION_CLIENT_FIELDS: readonly Term[] = [
  term('name', 'string', 'What the client calls itself.'),
  term('version', 'string', 'What it says its version is.'),
];

/** Functions that stand by themselves. */
export const FUNCTIONS: readonly Term[] = [
  term(
    'sql',
    'sql(text, dialect?) → facts',
    'Facts about an SQL text from a real parser: Postgres’, or sql(text, "mysql") for MySQL and MariaDB, sql(text, "generic") for any other database. Where it can’t be read, only valid and mutates are known.',
  ),
  term('glob', 'glob(pattern, text) → bool', 'Whether a text matches a pattern of * and ?.'),
  term('cidr', 'cidr(range, ip) → bool', 'Whether an IP address lies in a range.'),
  term(
    'count',
    'count(window) → int',
    'How many calls came before within a time: count("10m") > 20',
  ),
  term(
    'within',
    'within(now, hours, zone) → bool',
    'Whether a time lies within hours of the week: within(now, "mon-fri 08:00-18:00", "Europe/Berlin")',
  ),
  term('has', 'has(args.name) → bool', 'Whether an argument or field is there.'),
  term('size', 'size(list or text) → int', 'How many items or characters.'),
];

/** What may stand behind the text in `sql(text, dialect)`. */
export const SQL_DIALECT_TERMS: readonly Term[] = [
  term(
    'postgres',
    'sql(text, "postgres")',
    'Postgres, as sql(text) alone: read by its own parser.',
  ),
  term(
    'mysql',
    'sql(text, "mysql")',
    'MySQL and MariaDB: only what means the same in every mode and version. The rest counts as mutating.',
  ),
  term(
    'generic',
    'sql(text, "generic")',
    'Any other database: only the small part of SQL that every dialect shares. The rest counts as mutating.',
  ),
];

/** What `sql(…)` knows. */
export const SQL_TERMS: readonly Term[] = [
  term('mutates', 'bool', 'It may change something. True where it can’t be read.'),
  term('ddl', 'bool', 'It changes the schema or privileges.'),
  term('valid', 'bool', 'It could be read.'),
  term('where', 'bool', 'Every UPDATE and DELETE has a WHERE that looks at a column.'),
  term('statements', 'int', 'Number of statements.'),
  term('kinds', 'list<string>', "Kinds of all statements: 'copy' in sql(args.sql).kinds"),
  term('tables', 'list<string>', 'Tables, views and sequences as written.'),
  term('columns', 'list<string>', 'Columns as written, without their table.'),
  term('functions', 'list<string>', 'Functions as written.'),
  term(
    'touches',
    'touches(pattern) → bool',
    'Whether a table that matches the pattern is named: touches("hr.*")',
  ),
];

/** What a time knows, in UTC or with a time zone. */
export const TIME_TERMS: readonly Term[] = [
  term('getHours', 'getHours(zone?) → int', 'The hour, 0 to 23: now.getHours("Europe/Berlin")'),
  term('getMinutes', 'getMinutes(zone?) → int', 'The minute.'),
  term('getDayOfWeek', 'getDayOfWeek(zone?) → int', 'The day of the week; Sunday is 0.'),
  term('getDate', 'getDate(zone?) → int', 'The day of the month, from 1.'),
  term('getMonth', 'getMonth(zone?) → int', 'The month; January is 0.'),
  term('getFullYear', 'getFullYear(zone?) → int', 'The year.'),
];

/** What any other value may know. */
export const VALUE_TERMS: readonly Term[] = [
  term('startsWith', 'startsWith(text) → bool', 'Whether a text begins so.'),
  term('endsWith', 'endsWith(text) → bool', 'Whether a text ends so.'),
  term('contains', 'contains(text) → bool', 'Whether a text occurs.'),
  term('matches', 'matches(pattern) → bool', 'Whether a regular expression (RE2) occurs.'),
  term('exists', 'exists(x, condition) → bool', 'Whether it is so for one item of a list.'),
  term('all', 'all(x, condition) → bool', 'Whether it is so for all items of a list.'),
];

/** Methods that a rule is likely to name. */
export const METHODS: readonly string[] = [
  'tools/call',
  'tools/list',
  'resources/read',
  'resources/list',
  'resources/templates/list',
  'resources/subscribe',
  'prompts/get',
  'prompts/list',
  'completion/complete',
  'sampling/createMessage',
  'elicitation/create',
  'logging/setLevel',
];
