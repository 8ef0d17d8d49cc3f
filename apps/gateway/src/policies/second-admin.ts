import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';

/**
 * Whether publishing needs two admins. From the environment and not from a page: what one admin could
 * switch off would bind none (docs/decisions/0016).
 */
@Injectable()
export class SecondAdmin {
  readonly required: boolean;

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    this.required = env.HOLDPOINT_POLICY_SECOND_ADMIN;
  }

  /** @throws GatewayError `second_admin_needed` where nobody may publish alone */
  refuseAlone(): void {
    if (!this.required) return;
    throw new GatewayError(
      'second_admin_needed',
      'Publishing a policy needs another admin here. Propose it, and ask one to look at it.',
    );
  }
}
