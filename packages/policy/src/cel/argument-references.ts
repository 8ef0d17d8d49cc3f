import type { ASTNode } from '@marcbachmann/cel-js';
import { childNodes } from './ast-nodes.ts';

/** A place where a condition reads an argument of the call: `args.filter.name`. */
export interface ArgumentReference {
  readonly node: ASTNode;
  readonly path: readonly string[];
  /** Inside `has(…)`, which asks whether the argument is there. */
  readonly tested: boolean;
  /** Offsets into the condition's source. */
  readonly start: number;
  readonly end: number;
}

/** Every argument that a condition reads by a name that stands in it. */
export function argumentReferences(node: ASTNode, tested = false): ArgumentReference[] {
  const path = pathFromArguments(node);
  if (path !== undefined && path.length > 0) {
    return [{ node, path, tested, start: node.range.start, end: node.range.end }];
  }
  const within = tested || (node.op === 'call' && node.args[0] === 'has');
  return childNodes(node.args).flatMap((child) => argumentReferences(child, within));
}

/** `undefined` where the chain starts elsewhere or goes through a computed index. */
function pathFromArguments(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return node.args === 'args' ? [] : undefined;
  if (node.op === '.') {
    const [object, name] = node.args;
    const path = pathFromArguments(object);
    return path && [...path, name];
  }
  if (node.op === '[]') {
    const [object, index] = node.args;
    const path = pathFromArguments(object);
    return index.op === 'value' && typeof index.args === 'string'
      ? path && [...path, index.args]
      : undefined;
  }
  return undefined;
}
