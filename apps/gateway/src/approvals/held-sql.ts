import { startsLikeSql, type SqlArgument } from '@holdpoint/contracts';
import { parseJson, type JsonNode } from '@holdpoint/mcp';
import {
  sqlFacts,
  sqlReadings,
  unknownFunctions,
  type SqlFacts,
  type SqlReading,
} from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import type { ApprovalRecord } from './approval.ts';

/** An agent may send any number of statements; a page tells of the first ones. */
const MOST_TEXTS = 20;
/** A page that is open asks every half minute, and a parser takes its time. */
const REMEMBERED = 200;

/** What the SQL among held arguments does, read as the rules in force read it. */
@Injectable()
export class HeldSql {
  readonly #known = new Map<string, readonly SqlArgument[]>();

  constructor(
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
  ) {}

  /** @param argumentsText attacker-controlled */
  of(record: ApprovalRecord, argumentsText: string): readonly SqlArgument[] {
    const { number, readings } = this.#readings(record);
    const key = `${record.requestFrameId}/${number}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = sqlIn(parseJson(argumentsText, { mode: 'lenient' }), readings);
    this.#known.set(key, found);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return found;
  }

  #readings({ connectionId, method, target }: ApprovalRecord): {
    readonly number: number;
    readonly readings: readonly SqlReading[];
  } {
    const inForce = this.policies.inForce();
    // Without a policy nothing is judged, but what was held can still be read.
    if (inForce === undefined) return { number: 0, readings: [] };
    const readings = sqlReadings(inForce.policy, {
      connection: { name: this.connections.byId(connectionId)?.slug ?? '' },
      method,
      target: method.startsWith('resources/') ? { uri: target } : { name: target },
    });
    return { number: inForce.number, readings };
  }
}

/** Texts that a rule reads as SQL, and those that begin like it. */
export function sqlIn(root: JsonNode, readings: readonly SqlReading[]): SqlArgument[] {
  // Where no rule reads a text, the dialect that rules read others of the same call in is the best guess.
  const guess = readings[0]?.dialect ?? 'postgres';
  const found: SqlArgument[] = [];
  const walk = (node: JsonNode, path: readonly string[]): void => {
    if (found.length >= MOST_TEXTS) return;
    if (node.kind === 'object')
      for (const { key, value } of node.members) walk(value, [...path, key]);
    if (node.kind === 'array')
      node.items.forEach((item, index) => walk(item, [...path, String(index)]));
    if (node.kind !== 'string') return;
    const read = readings.filter((reading) => isSame(reading.path, path));
    const dialects = [...new Set(read.map(({ dialect }) => dialect))];
    if (dialects.length === 0 && startsLikeSql(node.value)) dialects.push(guess);
    for (const dialect of dialects) {
      found.push(argumentOf({ path: [...path], dialect }, sqlFacts(node.value, dialect)));
    }
  };
  walk(root, []);
  return found;
}

function argumentOf(where: Pick<SqlArgument, 'path' | 'dialect'>, facts: SqlFacts): SqlArgument {
  if (!facts.valid) return { ...where, valid: false, reason: facts.reason };
  const { statements, kinds, mutates, ddl, writtenTables, where: isBounded } = facts;
  return {
    ...where,
    valid: true,
    statements,
    kinds: [...kinds],
    mutates,
    ddl,
    tables: [...writtenTables],
    where: isBounded,
    unknownFunctions: [...unknownFunctions(facts, where.dialect)],
  };
}

function isSame(path: readonly string[], other: readonly string[]): boolean {
  return path.length === other.length && path.every((name, index) => name === other[index]);
}
