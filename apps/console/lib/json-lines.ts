import { parseJson, type JsonNode } from '@holdpoint/mcp';

/** A piece of a JSON text as it is written, with what it is. */
interface JsonPiece {
  readonly kind: 'key' | 'string' | 'number' | 'literal' | 'mark';
  readonly text: string;
}
export interface JsonLine {
  readonly depth: number;
  readonly pieces: readonly JsonPiece[];
}

/** The tree of a JSON text, or `null` for text that is none: it is then shown as it came. */
export function readJson(text: string): JsonNode | null {
  try {
    return parseJson(text, { mode: 'lenient' });
  } catch {
    return null;
  }
}

/**
 * Lays a JSON text out in lines. Every literal is a slice of the text itself, so that number
 * literals, escapes and duplicate keys are shown exactly as they were sent.
 */
export function jsonLines(text: string, root: JsonNode): JsonLine[] {
  const lines: { depth: number; pieces: JsonPiece[] }[] = [{ depth: 0, pieces: [] }];
  const put = (kind: JsonPiece['kind'], piece: string) =>
    lines.at(-1)?.pieces.push({ kind, text: piece });
  const breakLine = (depth: number) => lines.push({ depth, pieces: [] });

  const walk = (node: JsonNode, depth: number): void => {
    switch (node.kind) {
      case 'object':
        return walkAll('{', '}', node.members, depth, (member) => {
          const colon = text.slice(member.start, member.value.start);
          put('key', colon.slice(0, colon.lastIndexOf(':')).trimEnd());
          put('mark', ': ');
          walk(member.value, depth + 1);
        });
      case 'array':
        return walkAll('[', ']', node.items, depth, (item) => walk(item, depth + 1));
      case 'string':
        put('string', text.slice(node.start, node.end));
        return;
      case 'number':
        put('number', text.slice(node.start, node.end));
        return;
      case 'boolean':
      case 'null':
        put('literal', text.slice(node.start, node.end));
        return;
      default:
        return node satisfies never;
    }
  };
  const walkAll = <Child>(
    open: string,
    close: string,
    children: readonly Child[],
    depth: number,
    each: (child: Child) => void,
  ): void => {
    put('mark', open);
    children.forEach((child, index) => {
      breakLine(depth + 1);
      each(child);
      if (index < children.length - 1) put('mark', ',');
    });
    if (children.length > 0) breakLine(depth);
    put('mark', close);
  };

  walk(root, 0);
  return lines;
}

/** The same lines as text; text that is no JSON comes out as it went in. */
export function layOut(text: string): string {
  const root = readJson(text);
  if (root === null) return text;
  return jsonLines(text, root)
    .map(({ depth, pieces }) => '  '.repeat(depth) + pieces.map((piece) => piece.text).join(''))
    .join('\n');
}
