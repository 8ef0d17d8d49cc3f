import type { JudgedCall } from '@holdpoint/policy';

/** How many rules the judged policy has. */
export const RULES = 200;

/** What a mid-sized company might have: databases, and the systems around them. */
const DATABASES = ['prod-eu', 'prod-us', 'prod-ap', 'staging', 'warehouse', 'analytics'];
const SYSTEMS: Readonly<Record<string, readonly string[]>> = {
  billing: ['refund_order', 'list_invoices', 'update_price'],
  crm: ['find_customer', 'update_customer', 'send_email'],
  files: ['read_file', 'write_file', 'delete_file'],
  cluster: ['run', 'deploy', 'list_pods'],
};
const TABLES = ['orders', 'customers', 'hr.payroll', 'audit.events', 'public.products', 'sessions'];

/**
 * 200 rules: a third look at the SQL, 60 % have a condition at all, the rest only match; over
 * patterns of several connections as well as over single tools.
 */
export function policyYaml(): string {
  const lines = Array.from({ length: RULES }, (_, n) => {
    const clauses = n % 3 === 0 ? sqlRule(n / 3) : n % 15 < 7 ? argumentRule(n) : plainRule(n);
    return `  - { id: r${n}, ${clauses.join(', ')} }`;
  });
  return `rules:\n${lines.join('\n')}\n`;
}

function sqlRule(n: number): readonly string[] {
  const database = pick(DATABASES, n);
  const connection = n % 3 === 0 ? '"prod-*"' : database;
  const table = pick(TABLES, n);
  const conditions = [
    'sql(args.sql).mutates',
    `sql(args.sql).touches('${table}') && sql(args.sql).mutates`,
    'sql(args.sql).valid && sql(args.sql).ddl',
    'sql(args.sql).valid && !sql(args.sql).where',
    `sql(args.sql).valid && '${table}' in sql(args.sql).tables && caller.kind == 'service'`,
    `sql(args.sql).valid && sql(args.sql).columns.exists(c, c == 'salary_${n}')`,
    `sql(args.sql).valid && sql(args.sql).statements > 1`,
    `sql(args.sql).valid && sql(args.sql).functions.exists(f, f.endsWith('_to_xml'))`,
  ];
  return [
    `match: { connections: [${connection}], tools: [query] }`,
    `when: "${pick(conditions, n)}"`,
    effect(n),
  ];
}

function argumentRule(n: number): readonly string[] {
  const [connection, tools] = pick(Object.entries(SYSTEMS), n);
  const conditions = [
    `has(args.amount) && args.amount > ${n}`,
    `has(args.to) && args.to.exists(a, !a.endsWith('@example.com'))`,
    `has(args.path) && glob('/srv/${n}/*', args.path)`,
    `has(args.command) && args.command.matches('(?i)rm\\\\s+-rf|mkfs|dd if=')`,
    `within(now, 'mon-fri 22:00-06:00', 'Europe/Berlin')`,
    `'interns' in caller.groups || caller.subject == 'temp-${n}'`,
  ];
  const tool = n % 2 === 0 ? pick(tools, n) : '"*"';
  return [
    `match: { connections: [${connection}], tools: [${tool}] }`,
    `when: "${pick(conditions, n)}"`,
    effect(n),
  ];
}

function plainRule(n: number): readonly string[] {
  const [connection, tools] = pick(Object.entries(SYSTEMS), n);
  const matches = [
    `connections: ["*"], tools: [admin_${n}, "drop_${n}_*"]`,
    `connections: [${connection}], tools: [${pick(tools, n)}], callers: { groups: [team-${n % 20}] }`,
    `resources: ["file:///srv/${n}/**"]`,
    `prompts: [prompt_${n}]`,
    `connections: ["${pick(DATABASES, n)}"], methods: [resources/read]`,
  ];
  const masks = 'mask: [{ detect: [email, phone], as: redact }]';
  return [`match: { ${pick(matches, n)} }`, n % 7 === 0 ? masks : effect(n)];
}

function effect(n: number): string {
  return pick(['effect: hold', 'effect: allow', 'effect: deny', 'effect: hold, mode: observe'], n);
}

/** Calls that no cache has seen: seven in ten send a statement, each another one. */
export function callsToJudge(count: number): readonly JudgedCall[] {
  const random = pseudoRandom(20_261_122);
  return Array.from({ length: count }, (_, n) =>
    random() < 0.7 ? queryCall(n, random) : systemCall(n, random),
  );
}

function queryCall(n: number, random: () => number): JudgedCall {
  return call(pick(DATABASES, Math.floor(random() * 60)), 'query', { sql: statement(n, random) });
}

function systemCall(n: number, random: () => number): JudgedCall {
  const [connection, tools] = pick(Object.entries(SYSTEMS), Math.floor(random() * 60));
  return call(connection, pick(tools, n), {
    amount: Math.floor(random() * 500),
    to: [`person${n}@example.com`, `person${n}@example.org`],
    path: `/srv/${n % 200}/report-${n}.csv`,
    command: `kubectl get pods --namespace team-${n}`,
    note: 'x'.repeat(Math.floor(random() * 500)),
  });
}

function call(
  connection: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): JudgedCall {
  return {
    connection: {
      name: connection,
      defaultEffect: 'hold',
      readOnly: {
        tools: [],
        resources: false,
        prompts: false,
        completion: false,
        subscriptions: false,
      },
    },
    method: 'tools/call',
    target: { name },
    args,
    params: { name, arguments: args },
    tool: { name, description: 'A tool.', annotations: { readOnlyHint: false } },
    caller: {
      subject: 'nightly-report',
      issuer: 'https://id.example.com',
      groups: ['data-agents', 'team-7'],
      kind: 'service',
    },
    session: { id: 'session' },
    now: new Date('2026-11-23T09:00:00Z'),
  };
}

/** From 100 bytes to 4 kB, most of them short, as agents write them. */
function statement(n: number, random: () => number): string {
  const wanted = 100 + Math.floor(3900 * random() ** 3);
  const table = pick(TABLES, Math.floor(random() * 60));
  const kind = random();
  // What no parser reads: another dialect, a slip, a question instead of a statement.
  if (kind > 0.97) return `selec id from ${table} where id = ${n} -- ${'x'.repeat(wanted)}`;
  if (kind < 0.15) {
    return grown(
      `update ${table} set status = 'done-${n}', changed_at = now() where id in (`,
      `${n}`,
      ')',
      wanted,
    );
  }
  if (kind < 0.25) {
    return grown(
      `insert into ${table} (id, name, total) values `,
      `(${n}, 'name ${n}', ${n}.5)`,
      '',
      wanted,
    );
  }
  if (kind < 0.3) return grown(`delete from ${table} where id in (`, `${n}`, ')', wanted);
  if (kind < 0.5) {
    const open = `with recent as (select o.id, o.customer_id, sum(o.total) as spent from orders o where o.created_at > now() - interval '${(n % 30) + 1} days' group by o.id, o.customer_id) select c.name, r.spent from customers c join recent r on r.customer_id = c.id where `;
    return grown(
      open,
      `(c.id <> ${n} and lower(c.city) like 'b%')`,
      ' order by r.spent desc limit 100',
      wanted,
      ' and ',
    );
  }
  return grown(
    `select id, name, coalesce(total, 0) as total_${n} from ${table} where status = 'open' and id in (`,
    `${n}`,
    ') order by id',
    wanted,
  );
}

/** Repeats a part until the statement is as long as wanted. */
function grown(
  open: string,
  part: string,
  close: string,
  length: number,
  separator = ', ',
): string {
  const room = length - open.length - close.length;
  const times = Math.max(1, Math.floor(room / (part.length + separator.length)));
  return open + Array<string>(times).fill(part).join(separator) + close;
}

function pick<T>(items: readonly T[], n: number): T {
  const item = items[Math.floor(n) % items.length];
  if (item === undefined) throw new RangeError('There is nothing to pick from.');
  return item;
}

/** The same numbers in every run (mulberry32). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
