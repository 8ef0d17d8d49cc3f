import { McpServer } from '@modelcontextprotocol/server';
import { registerAskingTools } from './fixture-questions.ts';
import { registerRoundPrompt, registerRoundTools, roundState } from './fixture-rounds.ts';
import { registerPrompts, registerResources } from './fixture-texts.ts';
import { registerContentTools, registerTalkativeTools, type Announce } from './fixture-tools.ts';

/** Everything the conformance suite asks of a server. */
export function createFixtureServer(era: 'legacy' | 'modern', announce?: Announce): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, ...(era === 'legacy' && { subscribe: true }) },
        completions: {},
        logging: {},
      },
      requestState: { verify: roundState.verify },
    },
  );
  registerContentTools(server);
  registerTalkativeTools(server, announce ?? announceOn(server));
  registerResources(server);
  registerPrompts(server);
  // The same tools in both eras: who lists them in one may call them in the other.
  registerAskingTools(server);
  registerRoundTools(server);
  registerRoundPrompt(server);
  if (era === 'legacy') {
    server.server.setRequestHandler('resources/subscribe', () => ({}));
    server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  }
  return server;
}

/** In the legacy era a session's own server tells its client. */
function announceOn(server: McpServer): Announce {
  return {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
  };
}
