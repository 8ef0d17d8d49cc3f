import { shellTokens, shellDangers } from '../../lib/shell-tokens.ts';
import { LongLines } from '../../ui/long-lines.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ArgumentNotes } from './argument-note.tsx';
import { ShellArgument } from './shell-argument.tsx';

const SHELL = /^(?:.*\/)?(?:ba|z|da|k)?sh$/;

/** A program and its words: no shell takes them apart, unless the program is one. */
export function ArgvArgument({ words }: { words: readonly string[] }) {
  const script = scriptIn(words);
  const dangers = shellDangers(shellTokens(words.map(quoted).join(' ')));
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {dangers.length > 0 && (
        <ArgumentNotes
          label="What to look at in this command"
          notes={dangers.map((text) => ({ tone: 'stop', text }))}
        />
      )}
      <LongLines count={words.length} of="word">
        {(from, to) => (
          <ol
            aria-label="Words of the command"
            start={from + 1}
            className="flex flex-wrap gap-1.5 font-mono text-sm"
          >
            {words.slice(from, to).map((word, index) => (
              <Word key={from + index} word={word} isProgram={from + index === 0} />
            ))}
          </ol>
        )}
      </LongLines>
      {script !== undefined && (
        <div>
          <p className="mb-1 text-sm text-muted">What the shell is given to run:</p>
          <ShellArgument text={script} />
        </div>
      )}
    </div>
  );
}

function Word({ word, isProgram }: { word: string; isProgram: boolean }) {
  return (
    <li
      className={`min-w-0 rounded border border-strong-line bg-surface px-1.5 ${isProgram ? 'shell-command' : ''}`}
    >
      {word === '' ? (
        <span className="text-muted">(empty)</span>
      ) : (
        <span className="whitespace-pre-wrap">
          <VisibleText text={word} shape="block" />
        </span>
      )}
    </li>
  );
}

/** `sh -c …` */
function scriptIn([program = '', ...rest]: readonly string[]): string | undefined {
  const flag = rest.findIndex((word) => /^-\w*c$/.test(word));
  return SHELL.test(program) && flag >= 0 ? rest[flag + 1] : undefined;
}

/** So that nothing in a word is taken for an operator. */
function quoted(word: string): string {
  return /^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
