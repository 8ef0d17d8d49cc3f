import type { SlackConfig } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import { boundedBody } from '../../platform/bounded-body.ts';
import { jsonOf } from '../../platform/json-of.ts';
import { unreachable, waitOf, type Attempt } from '../senders/attempt.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;

const answerSchema = z.looseObject({ ok: z.boolean(), error: z.string().optional() });
export type SlackAnswer = z.infer<typeof answerSchema>;

/** Where and as whom Slack is called. */
export interface SlackAccess {
  readonly config: Pick<SlackConfig, 'api' | 'allowPrivate'>;
  readonly botToken: string;
}

export type SlackResult =
  | { readonly ok: true; readonly answer: SlackAnswer }
  | {
      readonly ok: false;
      readonly failed: Attempt;
      /** Slack's own word for it, where it said one. */
      readonly error?: string;
    };

/** Slack's answers that no further attempt changes. */
const FINAL: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'msg_too_long',
  'invalid_blocks',
  'message_not_found',
  'cant_update_message',
]);

/** Slack's Web API, through the one guarded way out. */
@Injectable()
export class SlackApi {
  constructor(private readonly outgoing: HttpOutgoing) {}

  async call(
    { config, botToken }: SlackAccess,
    method: string,
    body: object,
  ): Promise<SlackResult> {
    try {
      const answer = await this.outgoing.request(`${config.api}/${method}`, {
        method: 'POST',
        allowPrivate: config.allowPrivate,
        headers: {
          authorization: `Bearer ${botToken}`,
          'content-type': 'application/json; charset=utf-8',
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const status = answer.statusCode;
      const text = await boundedBody(answer.body, MAX_ANSWER_BYTES);
      if (status !== 200)
        return { ok: false, failed: statusFailure(status, answer.headers['retry-after']) };
      const parsed = answerSchema.safeParse(jsonOf(text?.toString('utf8') ?? ''));
      if (!parsed.success)
        return failure(status, 'Slack answered something else than short JSON', true);
      if (parsed.data.ok) return { ok: true, answer: parsed.data };
      const error = parsed.data.error ?? 'unknown_error';
      const said = `Slack answered: ${error}`;
      if (FINAL.has(error))
        return { ok: false, failed: { kind: 'refused', status, answer: said }, error };
      return failure(status, said, true);
    } catch (error) {
      return { ok: false, failed: unreachable(error) };
    }
  }
}

function failure(status: number, answer: string, isAway: boolean): SlackResult {
  return { ok: false, failed: { kind: 'failed', status, answer, isAway } };
}

function statusFailure(status: number, retryAfter: string | undefined): Attempt {
  const answer = `Slack answered with HTTP ${status}`;
  return { kind: 'failed', status, answer, isAway: true, ...waitOf(retryAfter) };
}
