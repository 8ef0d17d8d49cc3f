import { sqlTokens } from '../lib/sql-tokens.ts';
import { Segments } from './visible-text.tsx';

/** SQL from an agent, complete, coloured for reading. */
export function SqlText({ text }: { text: string }) {
  return (
    <pre className="as-written font-mono text-sm leading-relaxed whitespace-pre-wrap">
      {sqlTokens(text).map((token, index) => (
        <span key={index} className={token.kind === 'other' ? undefined : `sql-${token.kind}`}>
          <Segments text={token.text} shape="block" />
        </span>
      ))}
    </pre>
  );
}
