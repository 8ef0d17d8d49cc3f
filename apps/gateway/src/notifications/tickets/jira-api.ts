import type { JiraConfig } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import { jsonOf } from '../../platform/json-of.ts';
import { answerText } from '../senders/answer-text.ts';
import { unreachable, waitOf, type Attempt } from '../senders/attempt.ts';
import { told, type Told } from './ticket-system.ts';

const TIMEOUT_MS = 10_000;
const SAID = 300;

/** Where and as whom Jira is called, and until when. */
export interface JiraAccess {
  readonly config: Pick<JiraConfig, 'site' | 'user' | 'allowPrivate'>;
  readonly apiToken: string;
  readonly deadline: AbortSignal;
}

export interface JiraRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/rest/api/3`, with each part of it encoded. */
  readonly path: string;
  readonly body?: object;
}

const errorSchema = z.object({
  errorMessages: z.array(z.string()).default([]),
  errors: z.record(z.string(), z.string()).default({}),
});

/** Jira Cloud's REST API, version 3, through the one guarded way out. */
@Injectable()
export class JiraApi {
  constructor(private readonly outgoing: HttpOutgoing) {}

  /** Answers what is there in the shape that is needed, or why there is nothing to go on with. */
  async call<Answer>(
    { config, apiToken, deadline }: JiraAccess,
    { method, path, body }: JiraRequest,
    schema: z.ZodType<Answer>,
  ): Promise<Told<Answer>> {
    try {
      const answer = await this.outgoing.request(`${config.site}/rest/api/3${path}`, {
        method,
        allowPrivate: config.allowPrivate,
        headers: {
          accept: 'application/json',
          authorization: authorizationOf(config.user, apiToken),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), deadline]),
      });
      const status = answer.statusCode;
      const json = jsonOf(await answerText(answer.body));
      if (status < 200 || status >= 300)
        return { ok: false, failed: failureOf(status, json, answer.headers['retry-after']) };
      const parsed = schema.safeParse(json);
      if (parsed.success) return told(parsed.data);
      const said = `Jira answered ${method} ${path.replace(/\?.*$/, '')} in a shape that isn’t known`;
      return { ok: false, failed: { kind: 'failed', status, answer: said, isAway: false } };
    } catch (error) {
      return { ok: false, failed: unreachable(error) };
    }
  }
}

function authorizationOf(user: string, token: string): string {
  if (user === '') return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
}

/** What Jira refuses as it is, it refuses again. */
const FINAL: ReadonlySet<number> = new Set([400, 404, 410, 413, 422]);

function failureOf(status: number, json: unknown, retryAfter: string | undefined): Attempt {
  const said = errorSchema.safeParse(json);
  const words = said.success
    ? [...said.data.errorMessages, ...Object.entries(said.data.errors).map((one) => one.join(': '))]
    : [];
  const answer = [`Jira answered with HTTP ${status}`, ...words].join('; ').slice(0, SAID);
  if (FINAL.has(status)) return { kind: 'refused', status, answer };
  return { kind: 'failed', status, answer, isAway: true, ...waitOf(retryAfter) };
}
