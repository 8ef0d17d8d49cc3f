'use client';

import type { SqlArgument } from '@holdpoint/contracts';
import { member, type JsonMember, type JsonNode } from '@holdpoint/mcp';
import { useMemo } from 'react';
import { JsonText } from '../../ui/json-view.tsx';
import { LongLines } from '../../ui/long-lines.tsx';
import { TextLines } from '../../ui/text-lines.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ArgvArgument } from './argv-argument.tsx';
import { EditsArgument } from './edits-argument.tsx';
import { FileArgument } from './file-argument.tsx';
import { ImageArgument } from './image-argument.tsx';
import { kindOf, type ArgumentKind } from './kind-of.ts';
import { PatchArgument } from './patch-argument.tsx';
import { ShellArgument } from './shell-argument.tsx';
import { SqlView } from './sql-argument.tsx';
import { UrlArgument } from './url-argument.tsx';

/** What is known beside the text: for showing it, never for leaving any of it out. */
export interface ArgumentHints {
  /** The tool's `inputSchema`: an upstream's words. */
  readonly schema?: JsonNode | undefined;
  readonly sql?: readonly SqlArgument[];
}

interface Props {
  /** The text that the nodes are of. */
  text: string;
  members: readonly JsonMember[];
  hints: ArgumentHints;
  path?: readonly string[];
}

/** Arguments one below the other, each by the renderer of its kind, in the order they were sent. */
export function ArgumentList({ text, members, hints, path = [] }: Props) {
  return (
    <LongLines count={members.length} of="argument">
      {(from, to) => (
        <dl className="flex flex-col gap-3">
          {members.slice(from, to).map((one) => (
            <Argument key={one.start} of={one} {...{ text, members, hints, path }} />
          ))}
        </dl>
      )}
    </LongLines>
  );
}

function Argument({
  of: { key, value },
  text,
  members,
  hints,
  path,
}: Required<Props> & { of: JsonMember }) {
  const level = path.length;
  const kind = useMemo(
    () => kindOf(key, value, members, member(member(hints.schema, 'properties'), key), level),
    [key, value, members, hints.schema, level],
  );
  const beside = isShort(kind, value);
  return (
    <div
      className={`flex min-w-0 gap-x-3 gap-y-1 ${beside ? 'max-sm:flex-col sm:items-baseline' : 'flex-col'}`}
    >
      <dt className="min-w-28 font-mono text-sm break-words text-muted">
        <VisibleText text={key} />
      </dt>
      <dd className="min-w-0 rounded-md bg-raised px-3 py-1.5" data-kind={kind.is}>
        <ArgumentBody kind={kind} node={value} {...{ text, hints }} path={[...path, key]} />
      </dd>
    </div>
  );
}

function ArgumentBody({
  kind,
  node,
  text,
  hints,
  path,
}: {
  kind: ArgumentKind;
  node: JsonNode;
  text: string;
  hints: ArgumentHints;
  path: readonly string[];
}) {
  switch (kind.is) {
    case 'empty':
      return <span className="text-sm text-muted">(empty text)</span>;
    case 'part':
      return (
        <span className="text-sm text-muted">
          Shown with <code className="font-mono">{kind.of}</code>
        </span>
      );
    case 'text':
      return <TextLines pieces={[{ text: kind.text }]} numbered={kind.text.includes('\n')} />;
    case 'sql':
      return <SqlView text={kind.text} facts={hints.sql?.find((one) => isAt(one.path, path))} />;
    case 'shell':
      return <ShellArgument text={kind.text} />;
    case 'argv':
      return <ArgvArgument words={kind.words} />;
    case 'edits':
      return <EditsArgument edits={kind.edits} />;
    case 'patch':
      return <PatchArgument text={kind.text} />;
    case 'file':
      return <FileArgument text={kind.text} />;
    case 'image':
      return <ImageArgument image={kind.image} text={node.kind === 'string' ? node.value : ''} />;
    case 'url':
      return <UrlArgument text={kind.text} />;
    case 'json':
      return <JsonText text={text.slice(node.start, node.end)} />;
    case 'nested':
      return <Nested {...{ node, text, hints, path }} />;
    default:
      return kind satisfies never;
  }
}

/** An object or a list inside, of which something is worth a renderer of its own. */
function Nested({
  node,
  text,
  hints,
  path,
}: {
  node: JsonNode;
  text: string;
  hints: ArgumentHints;
  path: readonly string[];
}) {
  // The definition's words are of the outermost arguments.
  const inner = { ...(hints.sql && { sql: hints.sql }) };
  if (node.kind === 'object') {
    return <ArgumentList members={node.members} text={text} hints={inner} path={path} />;
  }
  if (node.kind !== 'array') return <JsonText text={text.slice(node.start, node.end)} />;
  return (
    <LongLines count={node.items.length} of="item">
      {(from, to) => (
        <ol className="flex flex-col gap-3">
          {node.items.slice(from, to).map((item, index) => (
            <li key={item.start} className="flex min-w-0 flex-col gap-1">
              <span className="text-sm text-muted">
                {from + index + 1} of {node.items.length}
              </span>
              <ArgumentBody
                kind={kindOf(path.at(-1) ?? '', item, [], undefined, path.length)}
                node={item}
                text={text}
                hints={inner}
                path={[...path, String(from + index)]}
              />
            </li>
          ))}
        </ol>
      )}
    </LongLines>
  );
}

/** What fits beside its name. */
function isShort(kind: ArgumentKind, node: JsonNode): boolean {
  if (kind.is === 'text' || kind.is === 'empty' || kind.is === 'part') {
    return node.kind !== 'string' || (node.value.length <= 40 && !/[\n\r]/.test(node.value));
  }
  return kind.is === 'json' && node.kind !== 'object' && node.kind !== 'array';
}

function isAt(path: readonly string[], other: readonly string[]): boolean {
  return path.length === other.length && path.every((name, index) => name === other[index]);
}
