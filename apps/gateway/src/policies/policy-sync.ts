import type { PolicySyncInput, PolicySyncResult, PolicySyncState } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import type { PolicyPipeline } from '../identity/policy-tokens.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { PolicyRepository } from './policy.repository.ts';
import { ProposalsService } from './proposals.service.ts';
import { Publication, type Publishable } from './publication.ts';
import { SecondAdmin } from './second-admin.ts';

/**
 * The policy as a repository's pipeline keeps it. Whoever made the token answers for what is done with
 * it: where a second admin is asked for, that is never the person who made it.
 */
@Injectable()
export class PolicySync {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly repository: PolicyRepository,
    private readonly publication: Publication,
    private readonly proposals: ProposalsService,
    private readonly secondAdmin: SecondAdmin,
  ) {}

  async inForce(): Promise<PolicySyncState> {
    const newest = await this.repository.newest();
    if (newest === null) throw new GatewayError('not_found', 'No policy has been published yet.');
    const { number, source, cases, publishedBy, publishedAt, origin } = newest;
    return {
      number,
      source,
      cases,
      publishedBy,
      publishedAt: publishedAt.toISOString(),
      // What an installation begins with is nobody's work, so nothing is lost with it.
      byPipeline: origin !== 'console',
    };
  }

  /**
   * Publishes, or proposes where the pipeline wants to, may do no more, or nobody may publish alone.
   *
   * @throws GatewayError as a publication in the console does
   */
  async apply(input: PolicySyncInput, pipeline: PolicyPipeline): Promise<PolicySyncResult> {
    const { source, cases, base, note, propose } = input;
    const wanted: Publishable = { source, cases, base, note, origin: 'pipeline' };
    const author = {
      key: pipeline.ownerKey,
      name: `${pipeline.title} (${pipeline.ownerName})`,
    };
    if (propose || pipeline.scope !== 'publish' || this.secondAdmin.required) {
      const { id } = await this.proposals.propose(wanted, author);
      return {
        kind: 'proposed',
        url: new URL(`/policies/proposals/${id}`, this.env.HOLDPOINT_PUBLIC_URL).href,
      };
    }
    return { kind: 'published', number: await this.publication.publish(wanted, author) };
  }
}
