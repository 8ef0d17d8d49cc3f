import type { ElicitRequestFormParams, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { said } from './fixture-tools.ts';

/**
 * Tools of the legacy era, which ask the client while their call is under way. They ask on the call's
 * own stream: the one that belongs to no call may not be open yet.
 */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the client’s model.', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const { content } = await ctx.mcpReq.send({
        method: 'sampling/createMessage',
        params: {
          messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
          maxTokens: 100,
        },
      });
      return said(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the person.', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, ctx) => {
      const answer = await ctx.mcpReq.send({
        method: 'elicitation/create',
        params: {
          message,
          requestedSchema: {
            type: 'object',
            properties: {
              username: { type: 'string', description: 'User’s response' },
              email: { type: 'string', description: 'User’s email address' },
            },
            required: ['username', 'email'],
          },
        },
      });
      return said(
        `User response: action=${answer.action}, content=${JSON.stringify(answer.content)}`,
      );
    },
  );
  registerForm(server, 'test_elicitation_sep1034_defaults', DEFAULTS);
  registerForm(server, 'test_elicitation_sep1330_enums', ENUMS);
}

type Properties = ElicitRequestFormParams['requestedSchema']['properties'];

function registerForm(server: McpServer, name: string, properties: Properties): void {
  server.registerTool(name, { description: `Asks with the form ${name}.` }, async (ctx) => {
    const { action, content } = await ctx.mcpReq.send({
      method: 'elicitation/create',
      params: {
        message: 'Please fill in the form',
        requestedSchema: { type: 'object', properties },
      },
    });
    return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
  });
}

const DEFAULTS: Properties = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

const OPTIONS = ['option1', 'option2', 'option3'];
const TITLED = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
  { const: 'value3', title: 'Third' },
];
const ENUMS: Properties = {
  untitledSingle: { type: 'string', enum: OPTIONS },
  titledSingle: { type: 'string', oneOf: TITLED },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: OPTIONS } },
  titledMulti: { type: 'array', items: { anyOf: TITLED } },
};
