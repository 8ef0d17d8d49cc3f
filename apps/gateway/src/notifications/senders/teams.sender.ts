import { Injectable } from '@nestjs/common';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import { attemptOf, unreachable, type Attempt, type Outgoing } from './attempt.ts';
import { teamsForm } from './teams-form.ts';

const TIMEOUT_MS = 10_000;

/** Posts a card to a Teams workflow. The card links in; it decides nothing. */
@Injectable()
export class TeamsSender {
  constructor(private readonly outgoing: HttpOutgoing) {}

  async send({ notice, config, secrets }: Outgoing<'teams'>): Promise<Attempt> {
    if (secrets.workflowUrl === undefined) {
      return { kind: 'refused', status: null, answer: 'the channel has no address of a workflow' };
    }
    try {
      const answer = await this.outgoing.request(secrets.workflowUrl, {
        method: 'POST',
        allowPrivate: config.allowPrivate,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(teamsForm(notice, config.withArguments)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer.body.on('error', () => undefined).destroy();
      return attemptOf(answer.statusCode, answer.headers['retry-after']);
    } catch (error) {
      return unreachable(error);
    }
  }
}
