import { promisify } from 'node:util';
import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { SignedOut } from '@holdpoint/contracts';
import type { Request, Response } from 'express';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import { LiveGateway } from '../live/live.gateway.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { CurrentPerson, Public, SignedIn } from './access.ts';
import { newCsrfToken } from './console-session.ts';
import { provedAt } from './fresh-sign-in.ts';
import { Issuer } from './issuer.ts';
import { GroupCheck } from './group-check.ts';
import { FinishSignIn, StartSignIn } from './openid.guard.ts';
import type { PendingSignIn } from './pending-sign-ins.ts';
import { PeopleRepository } from './people.repository.ts';
import { SignInFailedFilter } from './sign-in-failed.filter.ts';
import type { FinishedSignIn, SignedInPerson, StoredSignIn } from './signed-in-person.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the only way to extend Express's request
  namespace Express {
    // What passport leaves on the request of a finished sign-in.
    interface AuthInfo {
      state?: PendingSignIn;
    }
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges into Express's type
    interface User extends FinishedSignIn {}
  }
}

@Controller('auth')
export class SignInController {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly issuer: Issuer,
    private readonly people: PeopleRepository,
    private readonly live: LiveGateway,
    private readonly ledger: Ledger,
    private readonly groups: GroupCheck,
  ) {}

  /**
   * `?return=` is where the person wanted to go; with `?fresh` the provider makes them prove who they
   * are. The guard answers with the redirect.
   */
  @Get('login')
  @Public()
  @UseGuards(StartSignIn)
  @UseFilters(SignInFailedFilter)
  login(): void {
    // Never reached: the guard leaves for the provider, or fails.
  }

  @Get('callback')
  @Public()
  @UseGuards(FinishSignIn)
  @UseFilters(SignInFailedFilter)
  async callback(@Req() req: Request, @Res() res: Response): Promise<void> {
    const { user, authInfo } = req;
    if (user === undefined) throw new Error('The sign-in guard let nobody pass.');
    await this.people.remember(user.person);
    await this.#record('person.signed_in', user.person);
    // A fresh id: one that somebody planted before the sign-in must not become a signed-in session.
    await promisify(req.session.regenerate.bind(req.session))();
    const askedWho = authInfo?.state?.askedWho === true;
    req.session.signedIn = {
      ...user.person,
      provedAt: user.person.provedAt ?? provedAt(undefined, { askedWho, nowMs: Date.now() }),
    };
    req.session.csrfToken = newCsrfToken();
    await promisify(req.session.save.bind(req.session))();
    await this.groups.begin(req.sessionID, user);
    res.redirect(this.env.HOLDPOINT_PUBLIC_URL + (authInfo?.state?.returnTo ?? '/'));
  }

  @Post('logout')
  @HttpCode(200)
  @SignedIn()
  async logout(@Req() req: Request, @CurrentPerson() person: SignedInPerson): Promise<SignedOut> {
    await this.#record('person.signed_out', person);
    this.live.disconnectSession(req.sessionID);
    await promisify(req.session.regenerate.bind(req.session))();
    req.session.askWho = true;
    return { endSession: await this.#endSessionAddress() };
  }

  /** Who had which groups when: what a verdict's right is later explained by. */
  #record(kind: string, { key, name, groups }: StoredSignIn): Promise<void> {
    return this.ledger.append({ kind, who: key, data: { person: name, groups: [...groups] } });
  }

  /** Where the provider's own session ends (OpenID Connect RP-Initiated Logout). */
  async #endSessionAddress(): Promise<string | null> {
    const metadata = await this.issuer.metadata().catch(() => undefined);
    if (metadata?.end_session_endpoint === undefined) return null;
    const address = new URL(metadata.end_session_endpoint);
    address.searchParams.set('client_id', this.env.HOLDPOINT_OIDC_CLIENT_ID);
    address.searchParams.set('post_logout_redirect_uri', `${this.env.HOLDPOINT_PUBLIC_URL}/`);
    return address.href;
  }
}
