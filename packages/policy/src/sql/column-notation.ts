import { isRecord, nameParts, stringValue, withoutCatalogue } from './names.ts';

type Node = Readonly<Record<string, unknown>>;

/** A function in a FROM list, by the name under which its columns are reached. */
export interface FunctionItem {
  readonly alias: string;
  readonly columns: ReadonlySet<string>;
}

/** `alias.name`, wherever a column may stand. */
export interface QualifiedColumn {
  readonly alias: string;
  readonly name: string;
}

const KEY_AND_VALUE = ['key', 'value'];
/** Columns of the pure functions that return rows of a fixed shape. */
const OUTPUT_COLUMNS: ReadonlyMap<string, readonly string[]> = new Map(
  ['json_each', 'json_each_text', 'jsonb_each', 'jsonb_each_text'].map((name) => [
    name,
    KEY_AND_VALUE,
  ]),
);

/** `(x).name` calls the function `name` where `x` has no field of that name. */
export function fieldsOf(indirection: Node): readonly string[] {
  const steps = Array.isArray(indirection['indirection']) ? indirection['indirection'] : [];
  const fields = steps.flatMap((step: unknown) => stringValue(step) ?? []);
  const known = outputColumns(indirection['arg']);
  return known.includes(fields[0] ?? '') ? fields.slice(1) : fields;
}

export function qualifiedColumn(columnRef: Node): QualifiedColumn | undefined {
  const fields = Array.isArray(columnRef['fields']) ? columnRef['fields'] : [];
  const [alias, name] = [stringValue(fields.at(-2)), stringValue(fields.at(-1))];
  return alias === undefined || name === undefined ? undefined : { alias, name };
}

/** `undefined` where nothing says under which name Postgres knows it. */
export function functionItem(rangeFunction: Node): FunctionItem | undefined {
  const calls = callsOf(rangeFunction);
  const alias = isRecord(rangeFunction['alias']) ? rangeFunction['alias'] : undefined;
  const called = functionName(calls[0]?.call)?.at(-1);
  const name = typeof alias?.['aliasname'] === 'string' ? alias['aliasname'] : called;
  if (name === undefined) return undefined;
  const renamed = nameParts(alias?.['colnames']);
  const declared = [rangeFunction['coldeflist'], ...calls.map(({ columns }) => columns)].flatMap(
    definedColumns,
  );
  const own = [name, ...calls.flatMap(({ call }) => outputColumns(call))];
  const columns = declared.length > 0 ? declared : own;
  const counter = rangeFunction['ordinality'] === true ? ['ordinality'] : [];
  return {
    alias: name,
    columns: new Set([...(renamed.length > 0 ? renamed : columns), ...counter]),
  };
}

/**
 * Names that Postgres may take for functions: `a.nextval` of `cast('s' as regclass) as a` calls
 * `nextval`. Scopes are not told apart, so a name is a column only if every item of that name has it.
 */
export function calledByColumnNotation(
  columns: readonly QualifiedColumn[],
  items: readonly FunctionItem[],
): readonly string[] {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { alias, columns: own } of items) {
    const earlier = known.get(alias);
    known.set(alias, earlier === undefined ? own : new Set([...own].filter((n) => earlier.has(n))));
  }
  return columns
    .filter(({ alias, name }) => known.get(alias)?.has(name) === false)
    .map(({ name }) => name);
}

function callsOf(rangeFunction: Node): readonly { call: unknown; columns: unknown }[] {
  const functions = Array.isArray(rangeFunction['functions']) ? rangeFunction['functions'] : [];
  return functions.map((entry: unknown) => {
    const list = isRecord(entry) ? entry['List'] : undefined;
    const items = isRecord(list) && Array.isArray(list['items']) ? list['items'] : [];
    const columns: unknown = isRecord(items[1]) ? items[1]['List'] : undefined;
    return { call: items[0], columns: isRecord(columns) ? columns['items'] : undefined };
  });
}

function definedColumns(nodes: unknown): readonly string[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    const column = isRecord(node) ? node['ColumnDef'] : undefined;
    return isRecord(column) && typeof column['colname'] === 'string' ? [column['colname']] : [];
  });
}

function outputColumns(node: unknown): readonly string[] {
  const name = withoutCatalogue(functionName(node) ?? []);
  return name.length === 1 ? (OUTPUT_COLUMNS.get(name[0] ?? '') ?? []) : [];
}

function functionName(node: unknown): readonly string[] | undefined {
  const call = isRecord(node) ? node['FuncCall'] : undefined;
  return isRecord(call) ? nameParts(call['funcname']) : undefined;
}
