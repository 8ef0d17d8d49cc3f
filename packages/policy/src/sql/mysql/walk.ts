import { addEveryTable, addTableName, addWholeSchema, type Findings } from '../findings.ts';
import { isRecord } from '../names.ts';
import { unreadable } from '../unreadable.ts';
import type { Node } from './parser.ts';

/** Statements that the grammar knows, and their kinds; the rest is "can't tell". */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['select', 'select'],
  ['insert', 'insert'],
  ['replace', 'replace'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['truncate', 'truncate'],
  ['create', 'create'],
  ['drop', 'drop'],
  ['alter', 'alter'],
  ['rename', 'rename'],
  ['grant', 'grant'],
  ['set', 'set'],
  ['use', 'use'],
  ['call', 'call'],
  ['lock', 'lock'],
  ['unlock', 'unlock'],
  ['load_data', 'load_data'],
  ['transaction', 'transaction'],
]);

const SCHEMA_CHANGES = new Set(['create', 'drop', 'alter', 'rename', 'grant']);

/** Adds what one statement does. Every node is visited, known or not, so that none is hidden. */
export function collectMysql(tree: Node, begins: string, findings: Findings): void {
  const type = String(tree['type']);
  const kind = KINDS.get(type);
  if (kind === undefined) throw unreadable('the statement is not understood');
  findings.kinds.add(kindOf(kind, tree));
  if (kind !== 'select') findings.mutates = true;
  if (SCHEMA_CHANGES.has(kind)) findings.ddl = true;
  if (kind === 'truncate') findings.where = false;
  if ((kind === 'update' || kind === 'delete') && !looksAtAColumn(tree['where'])) {
    findings.where = false;
  }
  visitStatement(tree, begins === 'with', findings);
}

/** `create_table`, `create_table_as`, `drop`, `drop_database`, as for Postgres. */
function kindOf(kind: string, tree: Node): string {
  const object = String(tree['keyword']).toLowerCase().replaceAll(' ', '_');
  if (kind === 'create') {
    return isRecord(tree['query_expr']) ? `create_${object}_as` : `create_${object}`;
  }
  if (kind === 'drop') return OF_SCHEMAS.test(object) ? 'drop_database' : 'drop';
  return kind === 'alter' ? 'alter_table' : kind;
}

/**
 * The names of CTEs aren't tables, but only those of a WITH that begins the statement are told
 * apart: of one in parentheses the tree doesn't say where it ends.
 */
function visitStatement(tree: Node, beginsWithCtes: boolean, findings: Findings): void {
  const { with: ctes, ...rest } = tree;
  if (!beginsWithCtes || !Array.isArray(ctes)) return visit(tree, new Set(), findings);
  const names = ctes.map((cte: unknown) => cteName(cte));
  const recursive = ctes.some((cte: unknown) => isRecord(cte) && cte['recursive'] === true);
  ctes.forEach((cte: unknown, index) => {
    const seen = recursive ? names : names.slice(0, index);
    if (isRecord(cte)) visit(cte, new Set(seen), findings);
  });
  visit(rest, new Set(names), findings);
}

function cteName(cte: unknown): string {
  const name = isRecord(cte) && isRecord(cte['name']) ? cte['name']['value'] : undefined;
  if (typeof name !== 'string') throw unreadable('the name of a CTE is not understood');
  return name;
}

function visit(node: unknown, ctes: ReadonlySet<string>, findings: Findings): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, ctes, findings);
  } else if (isRecord(node)) {
    inspect(node, ctes, findings);
    for (const child of Object.values(node)) visit(child, ctes, findings);
  }
}

function inspect(node: Node, ctes: ReadonlySet<string>, findings: Findings): void {
  const type = node['type'];
  if (type === 'select') inspectSelect(node, findings);
  if (type === 'assign') findings.mutates = true;
  if (type === 'function' || type === 'aggr_func' || type === 'window_func') {
    const name = functionName(node['name']);
    if (!OPERATORS.has(name)) findings.functions.add(name);
  }
  if (type === 'insert' || type === 'replace') addColumns(node['columns'], findings);
  addColumns(node['using'], findings);
  // Names of columns are never told apart by their case.
  if (typeof node['column'] === 'string') findings.columns.add(node['column'].toLowerCase());
  if (type === 'column_ref' && !isColumn(node['column']))
    throw unreadable('the name of a column is not understood');
  addObject(node, ctes, findings);
}

/** The grammar takes these words for functions. */
const OPERATORS = new Set(['all', 'any', 'exists', 'not', 'not exists', 'some']);

/** Modifiers that the grammar doesn't know, so that it takes them for columns: `select binary a`. */
const MODIFIERS = new Set([
  ...['all', 'binary', 'distinctrow', 'high_priority', 'straight_join', 'sql_big_result'],
  ...['sql_buffer_result', 'sql_cache', 'sql_no_cache', 'sql_small_result'],
]);

function isColumn(name: unknown): boolean {
  return typeof name === 'string' && !MODIFIERS.has(name.toLowerCase());
}

function inspectSelect(node: Node, findings: Findings): void {
  findings.kinds.add('select');
  const into = node['into'];
  if (isRecord(into) && Object.keys(into).some((key) => key !== 'position')) {
    findings.mutates = true;
  }
  if (node['locking_read'] !== null && node['locking_read'] !== undefined) findings.mutates = true;
}

/** `{db, table}` of a FROM list, `{db, view}` of CREATE VIEW, `{prefix, name}` of GRANT … ON. */
function addObject(node: Node, ctes: ReadonlySet<string>, findings: Findings): void {
  if ('column' in node || node['type'] === 'var') return;
  if (OF_SCHEMAS.test(String(node['keyword']))) return addSchemas(node, findings);
  const name = node['table'] ?? node['view'] ?? ('prefix' in node ? node['name'] : undefined);
  const schema = node['db'] ?? ('table' in node || 'view' in node ? undefined : node['prefix']);
  if (typeof name === 'string') {
    if (typeof schema === 'string') addCaseless([schema, name], findings);
    // GRANT … ON *: all of the database that is in use, which the text doesn't say.
    else if (name === '*' && 'prefix' in node) addEveryTable(findings);
    else if (!ctes.has(name) || !('as' in node)) addCaseless([name], findings);
  } else if (node['type'] === 'drop' && typeof node['name'] === 'string') {
    addCaseless([node['name']], findings);
  }
}

function addSchemas({ type, name, database, schema }: Node, findings: Findings): void {
  if (type === 'drop') return addSchema(name, findings);
  const made = database ?? schema;
  const parts = isRecord(made) && Array.isArray(made['schema']) ? made['schema'] : [];
  for (const part of parts) if (isRecord(part)) addSchema(part['value'], findings);
}

/** A schema and a database are the same here. */
const OF_SCHEMAS = /^(?:database|schema)$/i;

function addSchema(name: unknown, findings: Findings): void {
  if (typeof name !== 'string') return;
  addWholeSchema(name, findings);
  addWholeSchema(name.toLowerCase(), findings);
}

/** Some servers tell `Orders` from `orders` and others don't, so both are found. */
function addCaseless(parts: readonly string[], findings: Findings): void {
  addTableName(parts, findings);
  addTableName(
    parts.map((part) => part.toLowerCase()),
    findings,
  );
}

function addColumns(list: unknown, findings: Findings): void {
  if (!Array.isArray(list)) return;
  for (const item of list) {
    const name: unknown = isRecord(item) ? item['value'] : item;
    if (typeof name === 'string') findings.columns.add(name.toLowerCase());
  }
}

function functionName(name: unknown): string {
  const parts: string[] = [];
  const gather = (node: unknown): void => {
    if (typeof node === 'string') parts.push(node.toLowerCase());
    else if (Array.isArray(node)) node.forEach(gather);
    else if (isRecord(node)) [node['schema'], node['name'], node['value']].forEach(gather);
  };
  gather(name);
  return parts.join('.');
}

/** `WHERE true` and `WHERE 1 = 1` restrict nothing. */
function looksAtAColumn(where: unknown): boolean {
  if (Array.isArray(where)) return where.some(looksAtAColumn);
  if (!isRecord(where)) return false;
  return where['type'] === 'column_ref' || Object.values(where).some(looksAtAColumn);
}
