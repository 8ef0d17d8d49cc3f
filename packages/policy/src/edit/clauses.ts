import { isSqlDialect, type SqlDialect } from '../sql/dialect.ts';

/** What a guided form can say about SQL: the facts that are true or false. */
export const SQL_CLAIMS = ['mutates', 'ddl', 'where', 'valid'] as const;
export type SqlClaim = (typeof SQL_CLAIMS)[number];

export const COMPARISONS = ['==', '!=', '>', '>=', '<', '<='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const TEXT_TESTS = ['glob', 'startsWith', 'endsWith', 'contains', 'matches'] as const;
export type TextTest = (typeof TEXT_TESTS)[number];

/**
 * One part of a condition. `is: false` says the opposite. `argument` is a path of names below
 * `args`; an expression of any other shape is `cel` and stays as its author wrote it.
 */
export type Clause =
  | {
      readonly kind: 'sql';
      readonly argument: string;
      readonly dialect: SqlDialect;
      readonly fact: SqlClaim;
      readonly is: boolean;
    }
  | {
      readonly kind: 'touches';
      readonly argument: string;
      readonly dialect: SqlDialect;
      readonly pattern: string;
      readonly is: boolean;
    }
  | {
      readonly kind: 'compare';
      readonly argument: string;
      readonly operator: Comparison;
      readonly value: string | number | boolean;
    }
  | {
      readonly kind: 'text';
      readonly argument: string;
      readonly test: TextTest;
      readonly pattern: string;
      readonly is: boolean;
    }
  | { readonly kind: 'has'; readonly argument: string; readonly is: boolean }
  | {
      readonly kind: 'within';
      /** Such as `mon-fri 08:00-18:00`. */
      readonly hours: string;
      readonly zone: string;
      readonly is: boolean;
    }
  | {
      readonly kind: 'count';
      readonly window: string;
      readonly operator: Comparison;
      readonly number: number;
    }
  | { readonly kind: 'group'; readonly group: string; readonly is: boolean }
  | { readonly kind: 'cel'; readonly source: string };

const ARGUMENT = String.raw`args\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`;
const TEXT = String.raw`("(?:[^"\\\r\n]|\\["'\\])*"|'(?:[^'\\\r\n]|\\["'\\])*')`;
const NUMBER = String.raw`(-?\d{1,15}(?:\.\d{1,15})?)`;
const OPERATOR = '(==|!=|>=|<=|>|<)';

/** Parts of an expression that may be apart by any blanks. */
function shape(...parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.join(String.raw`\s*`)}$`);
}

/** `sql(args.x)`, or with the dialect behind it. */
const SQL = ['sql', String.raw`\(`, ARGUMENT, `(?:,\\s*${TEXT})?`, String.raw`\)`];

const SHAPES = {
  sql: shape('(!?)', ...SQL, String.raw`\.`, `(${SQL_CLAIMS.join('|')})`),
  touches: shape('(!?)', ...SQL, String.raw`\.touches\(`, TEXT, String.raw`\)`),
  compare: shape(ARGUMENT, OPERATOR, `(?:${TEXT}|${NUMBER}|(true|false))`),
  glob: shape('(!?)', 'glob', String.raw`\(`, TEXT, ',', ARGUMENT, String.raw`\)`),
  text: shape(
    '(!?)',
    ARGUMENT,
    String.raw`\.(startsWith|endsWith|contains|matches)\(`,
    TEXT,
    String.raw`\)`,
  ),
  has: shape('(!?)', 'has', String.raw`\(`, ARGUMENT, String.raw`\)`),
  within: shape('(!?)', String.raw`within\(`, 'now', ',', TEXT, ',', TEXT, String.raw`\)`),
  count: shape(String.raw`count\(`, TEXT, String.raw`\)`, OPERATOR, String.raw`(\d{1,9})`),
  group: shape(TEXT, 'in', String.raw`caller\.groups`),
  noGroup: shape(String.raw`!\(`, TEXT, 'in', String.raw`caller\.groups`, String.raw`\)`),
} as const;

/** Reads one part of a condition; never fails, since whatever it doesn't know is `cel`. */
export function readClause(source: string): Clause {
  const text = source.trim();
  for (const read of READERS) {
    const clause = read(text);
    if (clause !== undefined) return clause;
  }
  return { kind: 'cel', source: text };
}

const READERS: readonly ((text: string) => Clause | undefined)[] = [
  (text) => {
    const [, not, argument, quoted, name] = SHAPES.sql.exec(text) ?? [];
    const fact = SQL_CLAIMS.find((each) => each === name);
    const dialect = dialectOf(quoted);
    if (argument === undefined || fact === undefined || dialect === undefined) return undefined;
    return { kind: 'sql', argument, dialect, fact, is: not === '' };
  },
  (text) => {
    const [, not, argument, quoted, pattern] = SHAPES.touches.exec(text) ?? [];
    const dialect = dialectOf(quoted);
    if (argument === undefined || pattern === undefined || dialect === undefined) return undefined;
    return { kind: 'touches', argument, dialect, pattern: textOf(pattern), is: not === '' };
  },
  (text) => {
    const [, argument, sign, quoted, number, truth] = SHAPES.compare.exec(text) ?? [];
    const operator = COMPARISONS.find((each) => each === sign);
    if (argument === undefined || operator === undefined) return undefined;
    const value =
      quoted !== undefined
        ? textOf(quoted)
        : number !== undefined
          ? Number(number)
          : truth === 'true';
    return { kind: 'compare', argument, operator, value };
  },
  (text) => {
    const [, not, pattern, argument] = SHAPES.glob.exec(text) ?? [];
    if (argument === undefined || pattern === undefined) return undefined;
    return { kind: 'text', argument, test: 'glob', pattern: textOf(pattern), is: not === '' };
  },
  (text) => {
    const [, not, argument, name, pattern] = SHAPES.text.exec(text) ?? [];
    const test = TEXT_TESTS.find((each) => each === name);
    if (argument === undefined || pattern === undefined || test === undefined) return undefined;
    return { kind: 'text', argument, test, pattern: textOf(pattern), is: not === '' };
  },
  (text) => {
    const [, not, argument] = SHAPES.has.exec(text) ?? [];
    return argument === undefined ? undefined : { kind: 'has', argument, is: not === '' };
  },
  (text) => {
    const [, not, hours, zone] = SHAPES.within.exec(text) ?? [];
    if (hours === undefined || zone === undefined) return undefined;
    return { kind: 'within', hours: textOf(hours), zone: textOf(zone), is: not === '' };
  },
  (text) => {
    const [, window, sign, number] = SHAPES.count.exec(text) ?? [];
    const operator = COMPARISONS.find((each) => each === sign);
    if (window === undefined || operator === undefined) return undefined;
    return { kind: 'count', window: textOf(window), operator, number: Number(number) };
  },
  (text) => {
    const group = SHAPES.group.exec(text)?.[1];
    return group === undefined ? undefined : { kind: 'group', group: textOf(group), is: true };
  },
  (text) => {
    const group = SHAPES.noGroup.exec(text)?.[1];
    return group === undefined ? undefined : { kind: 'group', group: textOf(group), is: false };
  },
];

/** A dialect that doesn't exist is a fault that only its author can mend: the part stays `cel`. */
function dialectOf(quoted: string | undefined): SqlDialect | undefined {
  const word = quoted === undefined ? 'postgres' : textOf(quoted);
  return isSqlDialect(word) ? word : undefined;
}

function textOf(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(["'\\])/g, '$1');
}

/** A text as a CEL literal. */
export function celText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (each) =>
    /[\p{L}\p{N}]/u.test(each) ? each : `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes a part of a condition as CEL. */
export function writeClause(clause: Clause): string {
  switch (clause.kind) {
    case 'sql':
      return `${not(clause.is)}${writeSql(clause)}.${clause.fact}`;
    case 'touches':
      return `${not(clause.is)}${writeSql(clause)}.touches(${celText(clause.pattern)})`;
    case 'compare': {
      const { value } = clause;
      return `args.${clause.argument} ${clause.operator} ${typeof value === 'string' ? celText(value) : String(value)}`;
    }
    case 'text':
      return clause.test === 'glob'
        ? `${not(clause.is)}glob(${celText(clause.pattern)}, args.${clause.argument})`
        : `${not(clause.is)}args.${clause.argument}.${clause.test}(${celText(clause.pattern)})`;
    case 'has':
      return `${not(clause.is)}has(args.${clause.argument})`;
    case 'within':
      return `${not(clause.is)}within(now, ${celText(clause.hours)}, ${celText(clause.zone)})`;
    case 'count':
      return `count(${celText(clause.window)}) ${clause.operator} ${clause.number}`;
    case 'group': {
      const test = `${celText(clause.group)} in caller.groups`;
      return clause.is ? test : `!(${test})`;
    }
    case 'cel':
      return clause.source;
    default:
      return clause satisfies never;
  }
}

interface SqlOf {
  readonly argument: string;
  readonly dialect: SqlDialect;
}

function writeSql({ argument, dialect }: SqlOf): string {
  return dialect === 'postgres' ? `sql(args.${argument})` : `sql(args.${argument}, "${dialect}")`;
}

function not(is: boolean): string {
  return is ? '' : '!';
}
