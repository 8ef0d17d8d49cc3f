import type { GrantTerms } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

interface Props {
  who: string;
  tool: string;
  terms: GrantTerms;
}

/** A grant in one sentence. What the agent or its upstream named is shown as their text. */
export function GrantSentence({ who, tool, terms }: Props) {
  const { fixed, free, uses, minutes } = terms;
  return (
    <>
      For {plural(minutes, 'minute')}, up to {uses === 1 ? 'once' : `${uses} times`},{' '}
      <strong className="font-semibold">
        <VisibleText text={who} />
      </strong>{' '}
      may call{' '}
      <code className="font-mono">
        <VisibleText text={tool} />
      </code>{' '}
      {fixed === null || free === null
        ? 'with arguments of the agreed shape'
        : fixed.length + free.length === 0
          ? 'without arguments'
          : 'with '}
      {fixed?.map(({ name, text }, index) => (
        <span key={name}>
          {index > 0 && (free?.length === 0 && index === fixed.length - 1 ? ' and ' : ', ')}
          <code className="font-mono break-words">
            <VisibleText text={`${name} = ${text}`} />
          </code>
        </span>
      ))}
      {free?.map((words, index) => (
        <span key={words}>
          {(index > 0 || (fixed?.length ?? 0) > 0) && (index === free.length - 1 ? ' and ' : ', ')}
          <strong className="font-semibold">
            <VisibleText text={words} />
          </strong>
        </span>
      ))}
      , without asking anybody again.
    </>
  );
}
