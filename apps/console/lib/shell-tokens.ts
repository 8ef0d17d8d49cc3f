/**
 * A shell text coloured for reading, with what deserves a second look marked. No decision rests on
 * it: a shell has more ways to hide a command than this knows. Every character is in exactly one token.
 */
export interface ShellToken {
  readonly kind:
    'command' | 'word' | 'string' | 'comment' | 'variable' | 'operator' | 'newline' | 'space';
  readonly text: string;
  /** Why it deserves a second look, in words. */
  readonly danger: string | null;
}

// A variable in braces has a bound: many that never end would each be looked for up to the end of the text.
const TOKEN = new RegExp(
  [
    String.raw`(?<newline>\n)`,
    String.raw`(?<space>\\\n|[ \t\r\f\v]+)`,
    String.raw`(?<comment>(?<![^\s;&|()])#[^\n]*)`,
    String.raw`(?<single>\$?'[^']*(?:'|$))`,
    String.raw`(?<substitution>\$\(\(?|[<>]\(|${'`'})`,
    String.raw`(?<variable>\$\{[^}\n]{0,500}\}|\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9?!#@*$-])`,
    String.raw`(?<double>")`,
    String.raw`(?<operator>&>>?|\d?>>|\d?>\||\d?>&|\d?<&|<<<|<<-?|\d?>|<|\|\||&&|\|&|\||;;|;|&|\(|\)|[{}](?=\s|$))`,
    String.raw`(?<word>(?:\\[\s\S]|[^\s|&;<>()$"'\\${'`'}])+|[\s\S])`,
  ].join('|'),
  'gu',
);

type Raw = { kind: Exclude<ShellToken['kind'], 'command'> | 'substitution'; text: string };

export function shellTokens(text: string): ShellToken[] {
  return withDangers(splitShell(text));
}

/** What deserves a second look, each once, in the order of the text. */
export function shellDangers(tokens: readonly ShellToken[]): string[] {
  return [...new Set(tokens.flatMap(({ danger }) => danger ?? []))];
}

function splitShell(text: string): Raw[] {
  const tokens: Raw[] = [];
  let quoted = false;
  // What a closing parenthesis or backtick goes back to: a substitution inside quotes has none around it.
  const outside: { quoted: boolean; closes: ')' | '`' }[] = [];
  let openBackticks = 0;
  const enter = (closes: ')' | '`') => {
    outside.push({ quoted, closes });
    if (closes === '`') openBackticks += 1;
    quoted = false;
  };
  const leave = (closes: ')' | '`') => {
    if (outside.at(-1)?.closes !== closes) return;
    if (closes === '`') openBackticks -= 1;
    quoted = outside.pop()?.quoted ?? false;
  };
  for (const match of text.matchAll(TOKEN)) {
    const { groups = {} } = match;
    const found = match[0];
    if (groups['double'] !== undefined) {
      quoted = !quoted;
      tokens.push({ kind: 'string', text: found });
    } else if (groups['substitution'] !== undefined) {
      if (found === '`' && openBackticks > 0) leave('`');
      else enter(found === '`' ? '`' : ')');
      if (found === '$((') enter(')');
      tokens.push({ kind: 'substitution', text: found });
    } else if (groups['variable'] !== undefined) {
      tokens.push({ kind: 'variable', text: found });
    } else if (quoted) {
      // Inside double quotes only substitutions and variables mean something.
      tokens.push({ kind: 'string', text: found });
    } else {
      if (found === '(') enter(')');
      if (found === ')') leave(')');
      tokens.push({ kind: kindIn(groups), text: found });
    }
  }
  return tokens;
}

function kindIn(groups: Readonly<Record<string, string | undefined>>): Raw['kind'] {
  if (groups['newline'] !== undefined) return 'newline';
  if (groups['space'] !== undefined) return 'space';
  if (groups['comment'] !== undefined) return 'comment';
  if (groups['single'] !== undefined) return 'string';
  return groups['operator'] !== undefined ? 'operator' : 'word';
}

const SHELLS = /^(?:(?:ba|z|da|k|fi|a)?sh|python[\d.]*|perl|ruby|node|php|pwsh|powershell)$/;
const AS_SOMEBODY = /^(?:sudo|doas|su|pkexec|runuser)$/;
/** What runs the command that follows it. */
const RUNS_NEXT =
  /^(?:sudo|doas|env|nohup|time|exec|xargs|command|builtin|nice|timeout|then|do|else|if|while|until|!)$/;

const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [AS_SOMEBODY, 'runs as somebody else, mostly as root'],
  [/^(?:eval|source|\.)$/, 'runs text as commands'],
  [/^(?:dd|mkfs(?:\..+)?|fdisk|parted|wipefs|shred)$/, 'overwrites disks or files'],
  [/^(?:shutdown|reboot|halt|poweroff|init)$/, 'stops the machine'],
  [/^(?:curl|wget|nc|ncat|netcat|socat|ssh|scp|rsync|ftp|telnet)$/, 'talks to the network'],
  [/^(?:chmod|chown|chgrp|setfacl)$/, 'changes who may do what'],
  [/^(?:kill|pkill|killall)$/, 'ends processes'],
  [/^(?:crontab|at|systemctl|launchctl)$/, 'changes what else runs on the machine'],
];

/** Goes through the commands of the text, as far as a reader's eye would. */
function withDangers(raw: readonly Raw[]): ShellToken[] {
  const tokens: ShellToken[] = [];
  let expects = true;
  let piped = false;
  let command: string | null = null;
  let flags = NO_FLAGS;
  const outside: (() => void)[] = [];
  let backtick = false;
  const isSeen = ({ kind }: Raw) => kind !== 'space' && kind !== 'newline';
  const first = raw.findIndex(isSeen);
  const last = raw.findLastIndex(isSeen);
  const enter = () => {
    const before = { command, flags };
    outside.push(() => {
      ({ command, flags } = before);
      expects = false;
    });
  };

  raw.forEach((token, index) => {
    const put = (kind: ShellToken['kind'], danger: string | null) =>
      tokens.push({ kind, text: token.text, danger });
    const fresh = (afterPipe = false) => {
      expects = true;
      piped = afterPipe;
      command = null;
      flags = NO_FLAGS;
    };
    switch (token.kind) {
      case 'newline':
        fresh();
        return put(
          'newline',
          index > first && index < last
            ? 'a line break: what follows is a command of its own'
            : null,
        );
      case 'operator':
        if (/^\|&?$/.test(token.text)) {
          fresh(true);
          return put('operator', null);
        }
        if (/^(?:\|\||&&|;;?|&|[(){}])$/.test(token.text)) {
          if (token.text === '(') enter();
          const leave = token.text === ')' ? outside.pop() : undefined;
          fresh();
          leave?.();
          return put('operator', token.text === '&' ? 'goes on in the background' : null);
        }
        return put('operator', redirectDanger(token.text, raw.slice(index + 1, index + 3)));
      case 'substitution':
        if (token.text === '`') backtick = !backtick;
        if (token.text === '`' && !backtick) {
          outside.pop()?.();
          return put('operator', null);
        }
        enter();
        if (token.text === '$((') enter();
        fresh();
        return put('operator', 'what stands inside is run first');
      case 'variable':
        expects = false;
        return put('variable', null);
      case 'comment':
      case 'space':
        return put(token.kind, null);
      case 'string':
      case 'word': {
        const joined = wholeWord(raw, index);
        // The middle of a word that was looked at as a whole already.
        if (joined === null) return put(token.kind, null);
        if (!expects) {
          if (joined.startsWith('-')) flags = withFlag(flags, joined);
          return put(token.kind, argumentDanger(command, joined, flags));
        }
        if (/^[A-Za-z_]\w*=/.test(joined)) return put(token.kind, null);
        command = joined.replace(/^.*\//, '');
        expects = RUNS_NEXT.test(command);
        const disguised = token.text !== joined && /["'\\]/.test(token.text);
        return put(
          token.kind === 'word' ? 'command' : token.kind,
          piped && SHELLS.test(command)
            ? `what comes before is piped into ${command} and run`
            : (COMMANDS.find(([name]) => name.test(command ?? ''))?.[1] ??
                (disguised ? 'the name of the command is written in a disguise' : null)),
        );
      }
      default:
        token.kind satisfies never;
    }
  });
  return tokens;
}

/** The word that begins here, without its quotes; `null` where it began earlier. */
function wholeWord(raw: readonly Raw[], index: number): string | null {
  const isPart = (token: Raw | undefined) =>
    token !== undefined && (token.kind === 'word' || token.kind === 'string');
  if (isPart(raw[index - 1])) return null;
  let word = '';
  for (let at = index; isPart(raw[at]); at += 1) word += raw[at]?.text ?? '';
  return word.replace(/\\([\s\S])/g, '$1').replace(/^\$'|["']/g, '');
}

function redirectDanger(operator: string, after: readonly Raw[]): string | null {
  if (!operator.includes('>') || operator.includes('&')) {
    if (!operator.startsWith('&>')) return null;
  }
  const target = after.find(({ kind }) => kind !== 'space')?.text ?? '';
  if (target === '/dev/null') return null;
  return operator.includes('>>') ? 'appends to a file' : 'writes a file, over what is there';
}

/** Of `rm`, from all words of the command so far. */
interface Flags {
  readonly recursive: boolean;
  readonly force: boolean;
}

const NO_FLAGS: Flags = { recursive: false, force: false };

function withFlag({ recursive, force }: Flags, word: string): Flags {
  return {
    recursive: recursive || /-\w*[rR]|--recursive/.test(word),
    force: force || /-\w*f|--force/.test(word),
  };
}

function argumentDanger(command: string | null, word: string, flags: Flags): string | null {
  switch (command) {
    case 'rm':
      if (!word.startsWith('-')) return null;
      if (!flags.recursive) return null;
      return flags.force ? 'deletes whole folders without asking' : 'deletes whole folders';
    case 'git':
      return /^(?:--force(?:-with-lease)?|-f|--hard)$/.test(word)
        ? 'throws away history or changes'
        : null;
    case 'find':
      return word === '-delete' || word.startsWith('-exec')
        ? 'does something to each file found'
        : null;
    case 'base64':
    case 'xxd':
      return /^(?:-d|-D|-r|--decode)$/.test(word) ? 'decodes text that can’t be read here' : null;
    default:
      return SHELLS.test(command ?? '') && /^-\w*c$/.test(word) ? 'runs text as a program' : null;
  }
}
