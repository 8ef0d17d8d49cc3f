import { Segments, VisibleText } from '../../ui/visible-text.tsx';
import { ArgumentNotes } from './argument-note.tsx';
import { urlParts } from './url-parts.ts';

/** An address that is read and never followed: its host stands out, and what only looks like one doesn't. */
export function UrlArgument({ text }: { text: string }) {
  const { scheme, userInfo, host, rest, goesTo, inLetters, warnings } = urlParts(text);
  return (
    <div className="min-w-0">
      {warnings.length > 0 && (
        <ArgumentNotes
          label="What to look at in this address"
          notes={warnings.map((warning) => ({ tone: 'hold', text: warning }))}
        />
      )}
      <p className="as-written font-mono text-sm leading-relaxed">
        <span className="text-muted">
          <Segments text={scheme} />
        </span>
        <span className="text-stop">
          <Segments text={userInfo} />
        </span>
        <strong className="font-semibold">
          <Segments text={host} />
        </strong>
        <Segments text={rest} />
      </p>
      {goesTo !== null && goesTo !== host.replace(/:\d+$/, '').toLowerCase() && (
        <p className="mt-1 text-sm">
          Goes to <code className="font-mono">{goesTo}</code>
        </p>
      )}
      {inLetters !== null && (
        <p className="mt-1 text-sm">
          Drawn as{' '}
          <span className="font-mono">
            <VisibleText text={inLetters} />
          </span>
        </p>
      )}
    </div>
  );
}
