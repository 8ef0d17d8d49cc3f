import type { ASTNode } from '@marcbachmann/cel-js';
import type { Condition } from '../cel/condition.ts';
import { asWritten } from '../cel/environment.ts';
import { SQL_FIELDS } from '../cel/facts.ts';
import { isConstant } from './json-schema.ts';
import { quoted, type KnownTool } from './known-tool.ts';
import { lacksMember } from './missing.ts';
import { functionOverloads, operatorOverloads, type Overload } from './operations.ts';
import {
  ANYTHING,
  BOOL,
  computedFrom,
  entryOf,
  isAlways,
  mayBe,
  memberOf,
  nearConstant,
  neverEqual,
  ofConstant,
  ofSchema,
  ofTypes,
  otherOf,
  saidOf,
  type Shape,
} from './shape.ts';

/** Something that a condition does to an argument and that can't come out as meant. */
export interface TypeFinding {
  /** Offsets into the condition's source. */
  readonly start: number;
  readonly end: number;
  /** `Argument "amount" is a number`; the tool's name follows. */
  readonly fact: string;
  /** What follows from it. */
  readonly consequence: string;
}

/** What is known of a condition for the calls of one tool. */
export interface TypeCheck {
  readonly findings: readonly TypeFinding[];
  /** The parts that its calls get to. */
  readonly reached: ReadonlySet<ASTNode>;
  /** Whether the condition is false for each of them. */
  readonly isFalse: boolean;
}

/**
 * Goes through a condition with what a tool's schema says of its arguments, and finds what is an
 * error, or never equal, for every call that the schema allows. Where the schema leaves it open,
 * or the condition doesn't get there for this tool (`call.name == "other" && …`), nothing is said.
 *
 * @param steps - how many nodes may be visited; counted down
 */
export function checkTypes(
  condition: Condition,
  tool: KnownTool,
  steps: { left: number },
): TypeCheck {
  const check = new Checker(tool, steps);
  const shape = check.shapeOfCondition(condition.evaluate.ast);
  return {
    findings: check.asksForTypes ? [] : check.findings,
    reached: check.reached,
    isFalse: isAlways(shape, false),
  };
}

const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

class Checker {
  readonly findings: TypeFinding[] = [];
  readonly reached = new Set<ASTNode>();
  /** A condition that asks for types itself knows what it does. */
  asksForTypes = false;
  readonly #tool: KnownTool;
  readonly #steps: { left: number };
  #variables: ReadonlyMap<string, Shape>;

  constructor(tool: KnownTool, steps: { left: number }) {
    this.#tool = tool;
    this.#steps = steps;
    this.#variables = new Map([['args', ofSchema(tool.inputSchema, tool.inputSchema, '')]]);
  }

  shapeOfCondition(node: ASTNode): Shape {
    const shape = this.shapeOf(node);
    this.#condition(node, shape);
    return shape;
  }

  shapeOf(node: ASTNode): Shape {
    if (this.#steps.left-- <= 0) return ANYTHING;
    this.reached.add(node);
    switch (node.op) {
      case 'value':
        return isConstant(node.args) ? ofConstant(node.args) : ANYTHING;
      case 'id':
        return this.#variables.get(node.args) ?? ANYTHING;
      case '.':
        return this.#member(node, node.args[0], node.args[1]);
      case '[]':
        return this.#index(node, node.args[0], node.args[1]);
      case 'call':
        return this.#call(node, node.args[0], node.args[1]);
      case 'rcall':
        return this.#method(node, node.args[0], node.args[1], node.args[2]);
      case 'list':
        for (const entry of node.args) this.shapeOf(entry);
        return ofTypes('list');
      case 'map':
        for (const entry of node.args.flat()) this.shapeOf(entry);
        return ofTypes('map');
      case '?:':
        return this.#choice(...node.args);
      case '&&':
        return this.#logic(node.args, false);
      case '||':
        return this.#logic(node.args, true);
      case '==':
      case '!=':
        return this.#equality(node, node.op, node.args);
      case 'in':
        return this.#membership(node, node.args);
      case '!_':
        return this.#negation(node, this.shapeOf(node.args));
      case '-_':
        return this.#operation(node, node.op, [this.shapeOf(node.args)]);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#operation(
          node,
          node.op,
          node.args.map((operand) => this.shapeOf(operand)),
        );
      default:
        return ANYTHING;
    }
  }

  #member(node: ASTNode, object: ASTNode, name: string): Shape {
    const known = this.#ofTool(object, name);
    if (known !== undefined) return known;
    const shape = this.shapeOf(object);
    if (shape.types?.has('SqlFacts') === true) return sqlField(name);
    if (mayBe(shape, 'map')) return memberOf(shape, name, this.#tool.inputSchema);
    this.#blame(node, [shape], `so it has no part ${quoted(name)}.`);
    return ANYTHING;
  }

  /** The gateway's own names, which are the same for each call of the tool. */
  #ofTool(object: ASTNode, name: string): Shape | undefined {
    if (object.op !== 'id' || this.#variables.has(object.args)) return undefined;
    switch (`${object.args}.${name}`) {
      case 'tool.name':
      case 'call.name':
        return ofConstant(this.#tool.name);
      case 'call.method':
        return ofConstant('tools/call');
      case 'connection.name':
        return ofConstant(this.#tool.connection);
      default:
        return undefined;
    }
  }

  #index(node: ASTNode, object: ASTNode, index: ASTNode): Shape {
    if (index.op === 'value' && typeof index.args === 'string') {
      return this.#member(node, object, index.args);
    }
    const shape = this.shapeOf(object);
    const key = this.shapeOf(index);
    if (!mayBe(shape, 'list', 'map')) {
      this.#blame(node, [shape], 'so it has no entries.');
      return ANYTHING;
    }
    const isList = !mayBe(shape, 'map') && mayBe(key, 'int', 'double');
    return isList ? entryOf(shape, this.#tool.inputSchema) : ANYTHING;
  }

  #call(node: ASTNode, name: string, args: readonly ASTNode[]): Shape {
    if (name === 'has') return this.#presence(args[0]);
    if (name === 'type') this.asksForTypes = true;
    const shapes = args.map((argument) => this.shapeOf(argument));
    const overloads = functionOverloads(name, false, args.length);
    return this.#apply(node, `${asWritten(name)}()`, overloads, shapes);
  }

  /** `has(…)` doesn't err where the last name is missing. */
  #presence(asked: ASTNode | undefined): Shape {
    if (asked?.op !== '.') return BOOL;
    this.reached.add(asked);
    const [object, name] = asked.args;
    const shape = this.shapeOf(object);
    if (!mayBe(shape, 'map')) this.#blame(asked, [shape], `so it has no part ${quoted(name)}.`);
    const isMissing = shape.argument?.facts.branches.every((schema) => lacksMember(schema, name));
    return shape.argument !== undefined && shape.argument.facts.branches.length > 0 && isMissing
      ? ofConstant(false)
      : BOOL;
  }

  #method(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): Shape {
    if (COMPREHENSIONS.has(name)) return this.#comprehension(node, name, receiver, args);
    if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel') {
      const [variable, value, body] = args;
      if (variable?.op !== 'id' || value === undefined || body === undefined) return ANYTHING;
      return this.#with(variable.args, this.shapeOf(value), () => this.shapeOf(body));
    }
    const shapes = [receiver, ...args].map((operand) => this.shapeOf(operand));
    const overloads = functionOverloads(name, true, args.length);
    return this.#apply(node, `${asWritten(name)}()`, overloads, shapes);
  }

  #comprehension(node: ASTNode, name: string, over: ASTNode, args: readonly ASTNode[]): Shape {
    const list = this.shapeOf(over);
    if (!mayBe(list, 'list', 'map')) {
      this.#blame(node, [list], `so ${name}() is always an error here.`);
    }
    const [variable, ...bodies] = args;
    if (variable?.op !== 'id') return ANYTHING;
    const entry = this.#loopVariable(list);
    return this.#with(variable.args, entry, () => {
      const shapes = bodies.map((body) => this.shapeOf(body));
      const predicates = name === 'map' ? shapes.slice(0, -1) : shapes;
      for (const predicate of predicates) this.#condition(node, predicate);
      return name === 'map' || name === 'filter' ? ofTypes('list') : BOOL;
    });
  }

  /** An entry of a list; of an object its keys. */
  #loopVariable(list: Shape): Shape {
    if (!mayBe(list, 'map')) return entryOf(list, this.#tool.inputSchema);
    return mayBe(list, 'list') ? ANYTHING : computedFrom([list], ofTypes('string'));
  }

  #with<T>(name: string, shape: Shape, body: () => T): T {
    const outer = this.#variables;
    this.#variables = new Map([...outer, [name, shape]]);
    const result = body();
    this.#variables = outer;
    return result;
  }

  #choice(condition: ASTNode, yes: ASTNode, no: ASTNode): Shape {
    const shape = this.shapeOf(condition);
    this.#condition(condition, shape);
    if (isAlways(shape, true)) return this.shapeOf(yes);
    if (isAlways(shape, false)) return this.shapeOf(no);
    this.shapeOf(yes);
    this.shapeOf(no);
    return ANYTHING;
  }

  /** A side that settles it makes errors of the other side harmless, whichever comes first. */
  #logic([left, right]: readonly [ASTNode, ASTNode], settling: boolean): Shape {
    const before = this.findings.length;
    const first = this.shapeOf(left);
    if (isAlways(first, settling)) return first;
    this.#condition(left, first);
    const second = this.shapeOf(right);
    if (isAlways(second, settling)) {
      this.findings.length = before;
      return second;
    }
    this.#condition(right, second);
    return isAlways(first, !settling) && isAlways(second, !settling) ? first : BOOL;
  }

  #condition(node: ASTNode, shape: Shape): void {
    if (!mayBe(shape, 'bool')) this.#blame(node, [shape], 'so it is no condition.');
  }

  #equality(node: ASTNode, operator: '==' | '!=', operands: readonly [ASTNode, ASTNode]): Shape {
    const [left, right] = operands.map((operand) => this.shapeOf(operand));
    if (left === undefined || right === undefined) return BOOL;
    if (neverEqual(left, right)) {
      this.#never(node, left, right);
      return ofConstant(operator === '!=');
    }
    const [value] = left.constants ?? [];
    const isSettled = left.constants?.length === 1 && value !== undefined && isAlways(right, value);
    return isSettled ? ofConstant(operator === '==') : BOOL;
  }

  #never(node: ASTNode, one: Shape, other: Shape): void {
    const [blamed, counterpart] = one.argument === undefined ? [other, one] : [one, other];
    const hint = nearConstant(blamed, counterpart);
    this.#blame(node, [blamed], `so it never equals ${otherOf(counterpart)}.${hint}`);
  }

  #membership(node: ASTNode, [value, list]: readonly [ASTNode, ASTNode]): Shape {
    const one = this.shapeOf(value);
    if (list.op === 'list') {
      for (const entry of list.args) {
        const other = this.shapeOf(entry);
        if (neverEqual(one, other)) this.#never(entry, one, other);
      }
      return BOOL;
    }
    const all = this.shapeOf(list);
    if (!mayBe(all, 'list', 'map')) {
      this.#blame(node, [all], 'so "in" is always an error here.');
    } else if (!mayBe(all, 'map')) {
      const entry = entryOf(all, this.#tool.inputSchema);
      if (neverEqual(one, entry)) this.#never(node, entry, one);
    }
    return BOOL;
  }

  #negation(node: ASTNode, shape: Shape): Shape {
    if (isAlways(shape, true)) return ofConstant(false);
    if (isAlways(shape, false)) return ofConstant(true);
    return this.#operation(node, '!_', [shape]);
  }

  #operation(node: ASTNode, operator: string, operands: readonly Shape[]): Shape {
    const sign = operator.replace('_', '');
    return this.#apply(node, quoted(sign), operatorOverloads(operator), operands);
  }

  /** What an operator or a function makes of its operands; blames one where no way is open. */
  #apply(
    node: ASTNode,
    name: string,
    overloads: readonly Overload[],
    operands: readonly Shape[],
  ): Shape {
    const open = overloads.filter(({ takes }) =>
      operands.every((operand, at) => accepts(takes[at], operand)),
    );
    if (open.length === 0 && overloads.length > 0) {
      // First what no way takes at all, else whatever comes from the agent.
      const wrong = operands.filter((operand, at) =>
        overloads.every(({ takes }) => !accepts(takes[at], operand)),
      );
      this.#blame(node, [...wrong, ...operands], consequenceOf(name, operands));
      return ANYTHING;
    }
    const given = open.map(({ gives }) => gives);
    const isOpen = given.length === 0 || given.includes(undefined);
    const result = isOpen ? ANYTHING : ofTypes(...given.filter((type) => type !== undefined));
    return computedFrom(operands, result);
  }

  /** Says it of the first that comes from the agent: the rest has been checked without a tool. */
  #blame({ range }: ASTNode, shapes: readonly Shape[], consequence: string): void {
    const known = shapes.filter(({ types }) => types !== undefined);
    const blamed =
      known.find(({ argument }) => argument !== undefined) ??
      known.find(({ isComputed }) => isComputed);
    if (blamed === undefined) return;
    const fact = `${subjectOf(blamed)} ${saidOf(blamed)}`;
    this.findings.push({ start: range.start, end: range.end, fact, consequence });
  }
}

function subjectOf({ argument }: Shape): string {
  if (argument === undefined) return 'This is';
  return argument.path === ''
    ? 'The whole of the arguments is'
    : `Argument ${quoted(argument.path)} is`;
}

function accepts(type: string | undefined, operand: Shape): boolean {
  return type === undefined || mayBe(operand, type);
}

/** Most who stumble here write a whole number beside an argument. */
function consequenceOf(name: string, operands: readonly Shape[]): string {
  const isDouble = ({ types }: Shape) => types?.size === 1 && types.has('double');
  const isWhole = ({ types }: Shape) => types?.size === 1 && types.has('int');
  const hint =
    operands.length < 2 || !operands.every((operand) => isDouble(operand) || isWhole(operand))
      ? ''
      : name === '"%"'
        ? ' Numbers in arguments are doubles: convert it with int(…).'
        : ' Numbers in arguments are doubles: write 2.0, not 2.';
  return `so ${name} is always an error here.${hint}`;
}

function sqlField(name: string): Shape {
  const type = Object.entries(SQL_FIELDS).find(([field]) => field === name)?.[1];
  return type === undefined ? ANYTHING : ofTypes(type.split('<')[0] ?? type);
}
