import type { ASTNode } from '@marcbachmann/cel-js';
import { argumentReferences } from './cel/argument-references.ts';
import { childNodes } from './cel/ast-nodes.ts';
import type { CompiledPolicy } from './compile.ts';
import type { CallSubject } from './match.ts';
import { mayBeAbout } from './rules-about.ts';
import { isSqlDialect, type SqlDialect } from './sql/dialect.ts';

/** An argument that a condition reads as SQL. */
export interface SqlReading {
  /** `args.filter.sql` is `['filter', 'sql']`. */
  readonly path: readonly string[];
  readonly dialect: SqlDialect;
}

/** What the rules that may be about such calls read as SQL, and in which dialect; each once. */
export function sqlReadings(policy: CompiledPolicy, subject: CallSubject): readonly SqlReading[] {
  const readings = policy.rules
    .filter((rule) => mayBeAbout(rule, subject))
    .flatMap(({ when, unless }) => [when, unless])
    .flatMap((condition) => (condition === undefined ? [] : readingsIn(condition.evaluate.ast)));
  return [...new Map(readings.map((reading) => [JSON.stringify(reading), reading])).values()];
}

function readingsIn(node: ASTNode): SqlReading[] {
  const inside = childNodes(node.args).flatMap(readingsIn);
  if (node.op !== 'call' || node.args[0] !== 'sql') return inside;
  const [text, dialect] = node.args[1];
  const [read, ...more] = text === undefined ? [] : argumentReferences(text);
  // A text that is put together of several isn't any one of them.
  if (read === undefined || more.length > 0 || read.node !== text) return inside;
  const written = dialect?.op === 'value' ? String(dialect.args) : 'postgres';
  return isSqlDialect(written) ? [{ path: read.path, dialect: written }, ...inside] : inside;
}
