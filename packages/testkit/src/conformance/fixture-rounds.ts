import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { said } from './fixture-tools.ts';

/** Seals what a server remembers between two rounds. */
export const roundState = createRequestStateCodec<{ readonly round: number }>({
  key: randomBytes(32),
});

const capabilitiesSchema = z
  .object({
    [CLIENT_CAPABILITIES_META_KEY]: z.object({
      sampling: z.unknown().optional(),
      elicitation: z.unknown().optional(),
    }),
  })
  .transform((envelope) => envelope[CLIENT_CAPABILITIES_META_KEY]);
const form = (message: string, field: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [field]: field === 'ok' ? { type: 'boolean' } : { type: 'string' } },
      required: [field],
    },
  });
const askName = form('What is your name?', 'name');
const askModel = inputRequired.createMessage({
  messages: [{ role: 'user', content: { type: 'text', text: 'What is the capital of France?' } }],
  maxTokens: 100,
});
const has = (ctx: ServerContext, ...keys: readonly string[]) =>
  keys.every((key) => inputResponse(ctx.mcpReq.inputResponses, key).kind !== 'missing');
const accepted = (ctx: ServerContext, key: string) =>
  acceptedContent(ctx.mcpReq.inputResponses, key) !== undefined;

/** Tools of the modern era: they end a round with what they still need, and are called again. */
export function registerRoundTools(server: McpServer): void {
  const register = (
    name: string,
    answer: (
      ctx: ServerContext,
    ) => string | InputRequiredResult | Promise<string | InputRequiredResult>,
  ) =>
    server.registerTool(name, { description: `Asks in rounds: ${name}.` }, async (ctx) => {
      const answered = await answer(ctx);
      return typeof answered === 'string' ? said(answered) : answered;
    });

  register('test_input_required_result_elicitation', (ctx) =>
    accepted(ctx, 'user_name')
      ? 'Hello!'
      : inputRequired({ inputRequests: { user_name: askName } }),
  );
  register('test_input_required_result_sampling', (ctx) =>
    has(ctx, 'capital_question')
      ? 'Thank you.'
      : inputRequired({ inputRequests: { capital_question: askModel } }),
  );
  register('test_input_required_result_list_roots', (ctx) =>
    has(ctx, 'client_roots')
      ? 'Thank you.'
      : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } }),
  );
  register('test_input_required_result_multiple_inputs', async (ctx) =>
    has(ctx, 'user_name', 'greeting', 'client_roots') && stateOf(ctx) === 1
      ? 'Thank you for all of it.'
      : inputRequired({
          inputRequests: {
            user_name: askName,
            greeting: askModel,
            client_roots: inputRequired.listRoots(),
          },
          requestState: await roundState.mint({ round: 1 }),
        }),
  );
  for (const name of ['request_state', 'tampered_state'])
    register(`test_input_required_result_${name}`, async (ctx) =>
      accepted(ctx, 'confirm') && stateOf(ctx) === 1
        ? 'state-ok'
        : inputRequired({
            inputRequests: { confirm: form('Please confirm', 'ok') },
            requestState: await roundState.mint({ round: 1 }),
          }),
    );
  register('test_input_required_result_multi_round', async (ctx) => {
    if (stateOf(ctx) === 2 && accepted(ctx, 'step2')) return 'Both rounds are done.';
    const isFirst = stateOf(ctx) === undefined || !accepted(ctx, 'step1');
    return inputRequired({
      inputRequests: isFirst
        ? { step1: form('Step 1: What is your name?', 'name') }
        : { step2: form('Step 2: What is your favorite color?', 'color') },
      requestState: await roundState.mint({ round: isFirst ? 1 : 2 }),
    });
  });
  register('test_input_required_result_capabilities', (ctx) => {
    const declared = capabilitiesSchema.parse(ctx.mcpReq.envelope);
    return inputRequired({
      inputRequests: {
        ...(declared.sampling !== undefined && { model: askModel }),
        ...(declared.elicitation !== undefined && { user_name: askName }),
      },
    });
  });
  // What the client didn't declare may not be asked for: the SDK refuses in the tool's place.
  register('test_missing_capability', () => inputRequired({ inputRequests: { model: askModel } }));
  register('test_streaming_elicitation', () =>
    inputRequired({ inputRequests: { user_name: askName } }),
  );
}

/** The prompt that needs a round of its own. */
export function registerRoundPrompt(server: McpServer): void {
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks for its context first.' },
    (ctx) =>
      accepted(ctx, 'user_context')
        ? { messages: [{ role: 'user', content: { type: 'text', text: 'With that context.' } }] }
        : inputRequired({
            inputRequests: {
              user_context: form('What context should the prompt use?', 'context'),
            },
          }),
  );
}

function stateOf(ctx: ServerContext): number | undefined {
  return ctx.mcpReq.requestState<{ readonly round: number }>()?.round;
}
