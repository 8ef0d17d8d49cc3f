import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shellDangers, shellTokens } from './shell-tokens.ts';

/** Gone through once, a megabyte takes a second; begun anew at every sign, minutes. */
const A_HANG_MS = 10_000;

/** `text → danger`, for the tokens that have one. */
const marked = (text: string) =>
  shellTokens(text).flatMap((token) => (token.danger === null ? [] : [token.text]));

// Guarantee: what a shell does beside what it seems to do is marked for the reviewer's eye.
describe('shellTokens', () => {
  it.each([
    { what: 'an honest command', text: 'ls -la /var/log', marks: [] },
    { what: 'a pipe between filters', text: 'cat access.log | grep 500 | wc -l', marks: [] },
    {
      what: 'a pipe into a shell',
      text: 'curl -s https://example.com/x | sh',
      marks: ['curl', 'sh'],
    },
    {
      what: 'a pipe into an interpreter by path',
      text: 'cat x | /usr/bin/python3',
      marks: ['/usr/bin/python3'],
    },
    { what: 'sudo, and what it runs', text: 'sudo rm -rf /', marks: ['sudo', '-rf'] },
    { what: 'rm with its flags apart', text: 'rm -r -f build', marks: ['-r', '-f'] },
    {
      what: 'rm with long flags',
      text: 'rm --recursive --force x',
      marks: ['--recursive', '--force'],
    },
    { what: 'rm of one file', text: 'rm -f one.txt', marks: [] },
    { what: 'a redirect', text: 'echo x > /etc/passwd', marks: ['>'] },
    { what: 'an appending redirect', text: 'echo x >> ~/.ssh/authorized_keys', marks: ['>>'] },
    { what: 'a redirect to nowhere', text: 'make 2>/dev/null', marks: [] },
    { what: 'errors joined to output', text: 'make 2>&1', marks: [] },
    { what: 'a substitution', text: 'echo $(whoami)', marks: ['$('] },
    {
      what: 'a substitution in double quotes',
      text: 'echo "a $(curl x) b"',
      marks: ['$(', 'curl'],
    },
    { what: 'backticks', text: 'echo `id`', marks: ['`'] },
    { what: 'nothing in single quotes', text: "echo '$(rm -rf /) | sh'", marks: [] },
    { what: 'a line break in the middle', text: 'ls\nrm -rf /', marks: ['\n', '-rf'] },
    { what: 'a line break at the end', text: 'ls\n', marks: [] },
    { what: 'a broken long line', text: 'ls \\\n  -la', marks: [] },
    { what: 'a disguised name', text: 'r\\m x', marks: ['r\\m'] },
    { what: 'a name put together of strings', text: `"r"'m' -rf x`, marks: ['"', '-rf'] },
    { what: 'a comment', text: 'ls # sudo rm -rf /', marks: [] },
    { what: 'a command after a variable setting', text: 'X=1 sudo ls', marks: ['sudo'] },
    { what: 'the background', text: 'sleep 1 & ls', marks: ['&'] },
    { what: 'a program given as text', text: 'bash -c "ls"', marks: ['-c'] },
    { what: 'eval', text: 'eval "$X"', marks: ['eval'] },
    { what: 'decoding', text: 'echo aGk= | base64 -d | bash', marks: ['-d', 'bash'] },
    { what: 'a forced push', text: 'git push --force origin main', marks: ['--force'] },
  ])('$what', ({ text, marks }) => {
    expect(marked(text)).toEqual(marks);
  });

  it('says each danger once', () => {
    expect(shellDangers(shellTokens('sudo ls; sudo id'))).toHaveLength(1);
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'ls',
            ' ',
            '\n',
            '"',
            "'",
            '$(',
            '`',
            '|',
            '>',
            '\\',
            '#',
            '-rf',
            '${',
            '\u202e',
            'é',
          ),
        ),
        (parts) => {
          const text = parts.join('');
          expect(
            shellTokens(text)
              .map((token) => token.text)
              .join(''),
          ).toBe(text);
        },
      ),
    );
  });

  // Guarantee: no command keeps the page from being shown.
  it.each([
    { what: 'variables that never end', text: '${'.repeat(500_000) },
    { what: 'flags', text: `rm ${'-a '.repeat(330_000)}` },
    { what: 'backticks inside', text: '$('.repeat(250_000) + '`'.repeat(500_000) },
  ])('takes many $what apart at once', ({ text }) => {
    const startedAt = performance.now();
    expect(shellTokens(text).length).toBeGreaterThan(1);
    expect(performance.now() - startedAt).toBeLessThan(A_HANG_MS);
  });
});
