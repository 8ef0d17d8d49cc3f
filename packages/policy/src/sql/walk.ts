import {
  calledByColumnNotation,
  fieldsOf,
  functionItem,
  qualifiedColumn,
  type FunctionItem,
  type QualifiedColumn,
} from './column-notation.ts';
import { addTableName, newFindings, type Findings } from './findings.ts';
import { addLabelled, addSchemas, addWholes } from './named-objects.ts';
import { isRecord, nameParts, stringValue, withoutCatalogue } from './names.ts';
import { PURE_FUNCTIONS, PURE_OPERATORS, PURE_SAMPLE_METHODS } from './pure-functions.ts';
import { PURE_TYPES } from './pure-types.ts';
import { CHANGES_NO_SCHEMA, EXPLAINABLE, READ_ONLY, statementKind } from './statement-kinds.ts';
import { readsWholeRow, ROWS_OF_WRITES, type RowFindings } from './whole-rows.ts';

type Node = Readonly<Record<string, unknown>>;

/** What the walk has gathered so far. */
export interface PostgresFindings extends Findings, RowFindings {
  /** For {@link calledByColumnNotation}, once everything is known. */
  functionItems: FunctionItem[];
  qualifiedColumns: QualifiedColumn[];
}

/** What is true around a node. */
interface Scope {
  /** Names that mean a CTE here, not a table. */
  readonly ctes: ReadonlySet<string>;
  /** False below an `EXPLAIN` without `ANALYZE`: planned, but not run. */
  readonly executed: boolean;
}

interface Visit {
  /** The key under which the node hangs: a node type (`SelectStmt`) or a field (`larg`). */
  readonly key: string;
  readonly node: unknown;
  readonly scope: Scope;
}

export function newPostgresFindings(): PostgresFindings {
  return {
    ...newFindings(),
    functionItems: [],
    qualifiedColumns: [],
    rows: new Set(),
    bareColumns: new Set(),
  };
}

/**
 * Adds what one top-level statement does. Every node of the tree is visited, whatever its type:
 * a construct that isn't known here can hide neither a statement nor a function below it.
 * Iterative, since an attacker chooses the depth.
 */
export function collectStatement(statement: unknown, findings: PostgresFindings): void {
  const stack: Visit[] = [
    { key: 'stmt', node: statement, scope: { ctes: new Set(), executed: true } },
  ];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { key, node, scope } = visit;
    if (Array.isArray(node)) {
      for (const item of node) stack.push({ key, node: item, scope });
    } else if (isRecord(node)) {
      inspect(key, node, scope, findings);
      pushChildren(key, node, scope, stack);
    }
  }
}

/** What can be told only once every statement is known; once for all of them, since it goes through all. */
export function finishFindings(findings: PostgresFindings): void {
  const { qualifiedColumns, functionItems } = findings;
  for (const name of calledByColumnNotation(qualifiedColumns, functionItems)) {
    addFunction([name], findings);
  }
  if (readsWholeRow(findings, qualifiedColumns)) findings.columns.add('*');
}

function pushChildren(key: string, node: Node, scope: Scope, stack: Visit[]): void {
  const inner = scopeWithin(key, node, scope);
  for (const childKey of Object.keys(node)) {
    const child = node[childKey];
    if (typeof child !== 'object' || child === null) continue;
    if (childKey === 'withClause') stack.push(...cteVisits(child, scope, inner));
    else stack.push({ key: childKey, node: child, scope: inner });
  }
}

function scopeWithin(key: string, node: Node, scope: Scope): Scope {
  if (node['withClause'] === undefined && key !== 'ExplainStmt') return scope;
  const ctes = cteNames(node['withClause']);
  const executed = scope.executed && (key !== 'ExplainStmt' || runsWhatItExplains(node));
  if (ctes.length === 0 && executed === scope.executed) return scope;
  return { ctes: new Set([...scope.ctes, ...ctes]), executed };
}

/** A CTE sees those before it, and with RECURSIVE all of them; `with t as (select * from t)` reads the table. */
function cteVisits(withClause: unknown, outer: Scope, inner: Scope): Visit[] {
  if (!isRecord(withClause) || !Array.isArray(withClause['ctes'])) return [];
  const recursive = withClause['recursive'] === true;
  const seen = new Set(outer.ctes);
  const visits: Visit[] = [];
  for (const cte of withClause['ctes']) {
    const ctes = recursive ? inner.ctes : new Set(seen);
    visits.push({ key: 'ctes', node: cte, scope: { ctes, executed: inner.executed } });
    for (const name of cteNames({ ctes: [cte] })) seen.add(name);
  }
  return visits;
}

function cteNames(withClause: unknown): string[] {
  if (!isRecord(withClause) || !Array.isArray(withClause['ctes'])) return [];
  return withClause['ctes'].flatMap((cte: unknown) => {
    const body = isRecord(cte) ? cte['CommonTableExpr'] : undefined;
    return isRecord(body) && typeof body['ctename'] === 'string' ? [body['ctename']] : [];
  });
}

function runsWhatItExplains(explain: Node): boolean {
  const options = Array.isArray(explain['options']) ? explain['options'] : [];
  return options.some((option: unknown) => {
    const element = isRecord(option) ? option['DefElem'] : undefined;
    if (!isRecord(element)) return true;
    if (element['defname'] !== 'analyze') return false;
    // The last of several options wins in Postgres; here any that isn't plainly off counts.
    return !['false', 'off'].includes(stringValue(element['arg']) ?? '');
  });
}

const STATEMENT = /^[A-Z]\w*Stmt$/;

function inspect(key: string, node: Node, scope: Scope, findings: PostgresFindings): void {
  if (key.endsWith('Stmt') && STATEMENT.test(key)) inspectStatement(key, node, scope, findings);
  if (typeof node['relname'] === 'string') addTable(key, node, scope, findings);
  if (Array.isArray(node['funcname'])) addFunction(nameParts(node['funcname']), findings);
  // In a SELECT the names of targets are aliases; elsewhere they are the columns written to.
  if (key !== 'SelectStmt' && key !== 'larg' && key !== 'rarg') {
    addTargets(node['cols'], findings);
    addTargets(node['targetList'], findings);
  }

  switch (key) {
    case 'ColumnRef':
      addColumn(node, findings);
      break;
    case 'JoinExpr':
      addRow(node, findings);
      addNames(node['isNatural'] === true ? ['*'] : nameParts(node['usingClause']), findings);
      break;
    case 'AccessPriv':
      addNames(nameParts(node['cols']), findings);
      break;
    case 'PublicationObjSpec':
      addSchemas(node, findings);
      break;
    case 'CopyStmt':
      addCopied(node, findings);
      break;
    case 'A_Indirection':
      for (const name of fieldsOf(node)) addFunction([name], findings);
      break;
    case 'RangeFunction': {
      const item = functionItem(node);
      if (item === undefined) findings.mutates = true;
      else findings.functionItems.push(item);
      break;
    }
    case 'SelectStmt':
    case 'larg':
    case 'rarg':
      // INTO creates a table, a locking clause writes to the rows it locks.
      if (node['intoClause'] !== undefined) findings.mutates = findings.ddl = true;
      if (node['lockingClause'] !== undefined) findings.mutates = true;
      break;
    case 'A_Expr':
      checkOperator(nameParts(node['name']), node['kind'], findings);
      break;
    case 'SubLink':
      if (node['operName'] !== undefined) {
        checkOperator(nameParts(node['operName']), undefined, findings);
      }
      break;
    case 'SortBy':
      if (node['useOp'] !== undefined) {
        checkOperator(nameParts(node['useOp']), undefined, findings);
      }
      break;
    case 'typeName':
    case 'TypeName':
      checkType(nameParts(node['names']), findings);
      break;
    case 'RangeTableSample': {
      const method = withoutCatalogue(nameParts(node['method']));
      if (method.length !== 1 || !PURE_SAMPLE_METHODS.has(method[0] ?? '')) findings.mutates = true;
      break;
    }
  }
}

function inspectStatement(key: string, node: Node, scope: Scope, findings: PostgresFindings): void {
  const kind = statementKind(key);
  findings.kinds.add(kind);
  const harmless = READ_ONLY.has(kind) || (!scope.executed && EXPLAINABLE.has(kind));
  if (!harmless) findings.mutates = true;
  if (!CHANGES_NO_SCHEMA.has(kind)) findings.ddl = true;

  if (kind === 'update' || kind === 'delete') {
    if (!looksAtAColumn(node['whereClause'])) findings.where = false;
  }
  if (kind === 'merge' && !looksAtAColumn(node['joinCondition'])) findings.where = false;
  if (kind === 'truncate') findings.where = false;
  if (WRITES_ROWS.has(kind)) for (const name of ROWS_OF_WRITES) findings.rows.add(name);
  if (kind === 'drop') addDropped(node, findings);
  if (kind === 'comment' || kind === 'sec_label') addLabelled(node, findings);
  addSchemas(node, findings);
  addWholes(kind, node, findings);
}

const WRITES_ROWS = new Set(['insert', 'update', 'delete', 'merge']);

/** `WHERE true` and `WHERE 1 = 1` restrict nothing. */
function looksAtAColumn(whereClause: unknown): boolean {
  const stack: unknown[] = [whereClause];
  while (stack.length > 0) {
    const node = stack.pop();
    if (Array.isArray(node)) stack.push(...(node as readonly unknown[]));
    if (!isRecord(node)) continue;
    if ('ColumnRef' in node || 'CurrentOfExpr' in node) return true;
    stack.push(...Object.values(node));
  }
  return false;
}

function addTable(key: string, node: Node, scope: Scope, findings: PostgresFindings): void {
  const parts = [node['catalogname'], node['schemaname'], node['relname']].filter(
    (part): part is string => typeof part === 'string' && part !== '',
  );
  // Only a name in a FROM list (a wrapped RangeVar) can mean a CTE; a target is always a table.
  const name = parts.at(-1) ?? '';
  if (key === 'RangeVar' && parts.length === 1 && scope.ctes.has(name)) return;
  addTableName(parts, findings);
  findings.rows.add(name);
  addRow(node, findings);
}

/** With an alias comes a name of the row, and with `t as x(a, b)` another name of each column. */
function addRow({ alias }: Node, findings: PostgresFindings): void {
  if (!isRecord(alias)) return;
  if (typeof alias['aliasname'] === 'string') findings.rows.add(alias['aliasname']);
  if (alias['colnames'] !== undefined) findings.columns.add('*');
}

/** COPY without a list of columns copies all of them. */
function addCopied({ relation, attlist }: Node, findings: Findings): void {
  if (relation === undefined) return;
  addNames(attlist === undefined ? ['*'] : nameParts(attlist), findings);
}

function addNames(columns: readonly string[], findings: Findings): void {
  for (const name of columns) findings.columns.add(name);
}

/** DROP names its objects as lists of strings; a trigger, rule or policy comes after its table. */
function addDropped(node: Node, findings: PostgresFindings): void {
  const objects = Array.isArray(node['objects']) ? node['objects'] : [];
  const onATable = ['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY'].includes(
    String(node['removeType']),
  );
  for (const object of objects) {
    const list = isRecord(object) ? object['List'] : undefined;
    if (!isRecord(list)) continue;
    const parts = nameParts(list['items']);
    addTableName(onATable ? parts.slice(0, -1) : parts, findings);
  }
}

function addColumn(columnRef: Node, findings: PostgresFindings): void {
  const qualified = qualifiedColumn(columnRef);
  if (qualified !== undefined) findings.qualifiedColumns.push(qualified);
  const fields = columnRef['fields'];
  if (!Array.isArray(fields)) return;
  const last: unknown = fields.at(-1);
  if (isRecord(last) && 'A_Star' in last) findings.columns.add('*');
  const name = stringValue(last);
  if (name === undefined) return;
  findings.columns.add(name);
  if (fields.length === 1) findings.bareColumns.add(name);
}

function addTargets(targets: unknown, findings: PostgresFindings): void {
  if (!Array.isArray(targets)) return;
  for (const target of targets) {
    const body = isRecord(target) ? target['ResTarget'] : undefined;
    if (isRecord(body) && typeof body['name'] === 'string') findings.columns.add(body['name']);
  }
}

function addFunction(parts: readonly string[], findings: PostgresFindings): void {
  const name = withoutCatalogue(parts);
  findings.functions.add(name.join('.'));
  if (name.length !== 1 || !PURE_FUNCTIONS.has(name[0] ?? '')) findings.mutates = true;
}

function checkType(parts: readonly string[], findings: PostgresFindings): void {
  const name = withoutCatalogue(parts);
  if (name.length !== 1 || !PURE_TYPES.has(name[0] ?? '')) findings.mutates = true;
}

function checkOperator(parts: readonly string[], kind: unknown, findings: PostgresFindings): void {
  // These kinds carry words (`BETWEEN`), not operators that somebody could define.
  if (typeof kind === 'string' && kind.includes('BETWEEN')) return;
  const name = withoutCatalogue(parts);
  if (name.length !== 1 || !PURE_OPERATORS.has(name[0] ?? '')) findings.mutates = true;
}
