/** Names that the parser's node types don't give away, or that would read badly. */
const SPECIAL: Readonly<Record<string, string>> = {
  AlterDatabaseSetStmt: 'alter_database',
  AlterRoleSetStmt: 'alter_role',
  CheckPointStmt: 'checkpoint',
  ClosePortalStmt: 'close',
  CreateStmt: 'create_table',
  CreatedbStmt: 'create_database',
  CreateTrigStmt: 'create_trigger',
  DeclareCursorStmt: 'declare_cursor',
  DropdbStmt: 'drop_database',
  IndexStmt: 'create_index',
  RuleStmt: 'create_rule',
  VariableSetStmt: 'set',
  VariableShowStmt: 'show',
  ViewStmt: 'create_view',
};

/** `DeleteStmt` → `delete`, `CreateTableAsStmt` → `create_table_as`. */
export function statementKind(nodeType: string): string {
  const special = Object.hasOwn(SPECIAL, nodeType) ? SPECIAL[nodeType] : undefined;
  if (special !== undefined) return special;
  return nodeType
    .replace(/Stmt$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * INVARIANT: the only kinds that don't count as mutating. `set` isn't among them, since it moves
 * the search path, nor is `transaction`, since `COMMIT` ends a read-only transaction that somebody
 * put around the call.
 */
export const READ_ONLY: ReadonlySet<string> = new Set(['select', 'explain', 'show']);

/** Kinds that a plain EXPLAIN plans and doesn't run. */
export const EXPLAINABLE: ReadonlySet<string> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
]);

/** Every other kind counts as a schema change: `do` too, since its body can't be read. */
export const CHANGES_NO_SCHEMA: ReadonlySet<string> = new Set([
  ...READ_ONLY,
  ...EXPLAINABLE,
  'call',
  'checkpoint',
  'close',
  'cluster',
  'constraints_set',
  'copy',
  'deallocate',
  'declare_cursor',
  'discard',
  'execute',
  'fetch',
  'listen',
  'load',
  'lock',
  'notify',
  'prepare',
  'refresh_mat_view',
  'reindex',
  'return',
  'set',
  'transaction',
  'truncate',
  'unlisten',
  'vacuum',
]);
