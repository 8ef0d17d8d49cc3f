import { CLI_CLIENT_ID, type Started } from '@holdpoint/testkit';

/** What `npm start` prints when everything is up. */
export function closingBlock(started: Started): string {
  const width = Math.max(...started.people.map((person) => person.email.length));
  const people = started.people.map((person) => {
    const roles = person.roles.length === 0 ? 'no role' : person.roles.join(', ');
    return `    ${person.email.padEnd(width)}  ${person.password.padEnd(30)}  ${roles}`;
  });
  return [
    '',
    `  Console       ${started.console}`,
    `  MCP endpoint  ${started.mcp}`,
    ...filesOf(started),
    '',
    '  Sign in as (demo passwords, made for this folder)',
    ...people,
    '',
    '  Watch a risky call wait: sign in as a reviewer, then in another terminal',
    '    npm run demo',
    '',
    '  Connect your own agent. In its browser window sign in as one person (sam@example.com) and',
    '  approve in the console as another (avery@example.com, in a private window): nobody approves',
    '  their own calls.',
    '    Claude Code',
    `      claude mcp add --transport http holdpoint ${started.mcp} --client-id ${CLI_CLIENT_ID} --callback-port 8765`,
    '    mcp-remote',
    `      npx mcp-remote ${started.mcp} 8766 --static-oauth-client-info '{"client_id":"${CLI_CLIENT_ID}"}'`,
    '    MCP Inspector',
    `      npx @modelcontextprotocol/inspector --transport http --server-url ${started.mcp}`,
    '',
    '  Ctrl-C stops everything; the data stays. `npm start -- --reset` starts clean.',
    '',
  ].join('\n');
}

/** A file server that speaks over stdio, governed through a connector. */
function filesOf({ files }: Started): string[] {
  if (files === null) return [];
  return [
    `  Files         ${files.mcp}`,
    `                ${files.folder}, by a connector: below drafts/ agents write freely,`,
    '                any other file waits for a reviewer',
  ];
}
