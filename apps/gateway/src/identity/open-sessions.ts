import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { Database } from '../platform/database.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { rolesOf } from './roles.ts';
import { SIGN_IN_LIFETIME_MS, type SignedInPerson } from './signed-in-person.ts';

const signedInSchema = z.looseObject({
  signedIn: z.object({
    key: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    issuer: z.string(),
    subject: z.string(),
    groups: z.array(z.string()),
    groupsAt: z.number(),
    provedAt: z.number().optional(),
  }),
});

/**
 * People who decide from elsewhere, proved by a console session of theirs that is open.
 * INVARIANT: a channel says which account acted, never who may decide: groups come from the provider by
 * that session, as for a click in the console.
 */
@Injectable()
export class OpenSessions {
  constructor(
    private readonly database: Database,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  /** `undefined` where they are signed in nowhere: there is nothing the provider could be asked with. */
  async of(personKey: string): Promise<SignedInPerson | undefined> {
    const { rows } = await this.database.pool.query<{ sid: string; sess: unknown }>(
      `select i.sid, s.sess from console_sign_in i join console_session s on s.sid = i.sid
        where i.person_key = $1 and s.expire > now()
        order by (i.refresh_sealed is not null) desc, i.groups_at desc limit 5`,
      [personKey],
    );
    for (const { sid, sess } of rows) {
      const parsed = signedInSchema.safeParse(sess);
      if (!parsed.success) continue;
      const { provedAt, ...stored } = parsed.data.signedIn;
      const isOver = Date.now() - stored.groupsAt >= SIGN_IN_LIFETIME_MS;
      const isOther = stored.key !== personKey || stored.issuer !== this.env.HOLDPOINT_OIDC_ISSUER;
      if (isOver || isOther) continue;
      return { ...stored, provedAt, roles: rolesOf(stored.groups, this.env), session: sid };
    }
    return undefined;
  }
}
