import type { VerdictInput } from '@holdpoint/contracts';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { VerdictsService } from '../../approvals/verdicts.service.ts';
import type { Environment } from '../../env.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { Logger } from '../../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../../platform/tokens.ts';
import { ChannelAccounts, tieCodeIn } from '../accounts/channel-accounts.service.ts';
import { ChannelPeople } from '../accounts/channel-people.ts';
import { ChannelVault } from '../channels/channel-vault.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { InboundSecrets } from '../channels/inbound.ts';
import { JobQueue, type TicketJob } from '../job-queue.ts';
import { JiraApi } from './jira-api.ts';
import { wordsOf } from './jira-content.ts';
import { jiraRemark } from './jira-document.ts';
import { moveOf, type JiraMove } from './jira-move.ts';
import { JiraReader } from './jira-reader.ts';
import { JiraTickets } from './jira-tickets.ts';
import type { Told } from './ticket-system.ts';
import {
  markTold,
  recordChange,
  settleChange,
  takeChange,
  type ChangeOutcome,
  type TicketChange,
} from './ticket-verdict.sql.ts';
import { findTicket, type TicketRow } from './ticket.sql.ts';

const DEADLINE_MS = 45_000;
/** Attempts to give the verdict; the later ones only tell. */
const MOST_GIVEN = 5;
const MOST_TOLD = 12;
const REASON = 2000;
/** A denial's comment belongs to the move where it was made shortly before. */
const REASON_MS = 3_600_000;

type Verdict = Extract<JiraMove, { kind: 'verdict' }>;

/** A ticket that a hint is about, and how its system is reached. */
interface Hinted {
  readonly channelId: string;
  /** SHA-256 of the channel's secret for what comes back. */
  readonly app: string;
  readonly ticket: TicketRow & { readonly name: NonNullable<TicketRow['name']> };
  readonly reader: JiraReader;
  readonly system: JiraTickets;
}

/**
 * Verdicts from Jira: through the very service of a click in the console, with all its checks.
 * INVARIANT: only what Jira answers to the channel's own token is believed. "Recorded" is set by the
 * transaction that records the verdict, and any other outcome keeps that transaction from committing.
 */
@Injectable()
export class JiraVerdicts implements OnApplicationBootstrap {
  constructor(
    private readonly api: JiraApi,
    private readonly people: ChannelPeople,
    private readonly accounts: ChannelAccounts,
    private readonly verdicts: VerdictsService,
    private readonly database: Database,
    private readonly vault: ChannelVault,
    private readonly inbound: InboundSecrets,
    private readonly jobs: JobQueue,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.workTickets((job) => this.#work(job));
  }

  /** Throws where it has to be tried again. */
  async #work(job: TicketJob): Promise<void> {
    const hinted = await this.#hintedBy(job);
    if (hinted === undefined) return;
    if (job.commentId !== null) return this.#readComment(hinted, job.commentId);
    const { ticket, reader, channelId } = hinted;
    const reading = answered(await reader.read(ticket.name.id));
    const move = moveOf(ticket, reading, new Date());
    if (move.kind === 'none') return;
    const change = { channelId, changeId: move.changeId };
    const {
      attempts,
      outcome: known,
      is_told: isTold,
    } = await takeChange(this.database.pool, change);
    if (isTold) return;
    const found = known ?? (await this.#outcomeOf(hinted, change, move, attempts));
    const outcome = await settleChange(this.database.pool, change, found);
    const words = outcome.kind === 'recorded' ? RECORDED : outcome.why;
    if (!(await this.#say(hinted, words)) && attempts < MOST_TOLD)
      throw new Error('Jira took no comment on what became of a verdict.');
    await markTold(this.database.pool, change);
  }

  async #hintedBy({ channelId, ticketId }: TicketJob): Promise<Hinted | undefined> {
    const { pool } = this.database;
    const channel = await findChannel(pool, channelId);
    if (channel?.config.kind !== 'jira') return undefined;
    const { apiToken } = this.vault.open(channelId, channel.secrets_sealed);
    const app = this.inbound.of(channel)?.app;
    const ticket = await findTicket(pool, channelId, ticketId);
    if (apiToken === undefined || app === undefined || !ticket?.name) return undefined;
    const settings = {
      config: channel.config,
      ...{ apiToken, deadline: AbortSignal.timeout(DEADLINE_MS) },
    };
    const reader = new JiraReader(this.api, settings);
    const system = new JiraTickets(this.api, settings);
    return { channelId, app, ticket: { ...ticket, name: ticket.name }, reader, system };
  }

  async #outcomeOf(
    hinted: Hinted,
    change: TicketChange,
    move: Exclude<JiraMove, { kind: 'none' }>,
    attempts: number,
  ): Promise<ChangeOutcome> {
    if (move.kind === 'refused') return { kind: 'refused', why: move.why };
    try {
      return await this.#give(hinted, change, move);
    } catch (error) {
      if (error instanceof GatewayError) return { kind: 'refused', why: error.message };
      this.logger.error({ error: String(error), ...change }, 'a verdict from a ticket failed');
      if (attempts < MOST_GIVEN) throw error;
      return { kind: 'refused', why: FAILED };
    }
  }

  async #give(hinted: Hinted, change: TicketChange, move: Verdict): Promise<ChangeOutcome> {
    const { channelId, app, ticket } = hinted;
    const account = { channelId, app, account: move.account };
    const known = await this.people.personOf(account);
    if (known.kind === 'untied') return { kind: 'refused', why: UNTIED };
    if (known.kind === 'signed-out') return { kind: 'refused', why: SIGNED_OUT };
    const input = await this.#inputOf(hinted, move);
    await this.verdicts.give(ticket.thread, input, known.person, {
      via: 'ticket',
      within: async (client) => {
        if (!(await recordChange(client, change)))
          throw new Error('Something else became of the move.');
        const still = await this.people.isStill(client, account, known.person.key);
        if (still !== 'theirs') throw new GatewayError('account_untied', UNTIED);
      },
    });
    return { kind: 'recorded' };
  }

  async #inputOf({ ticket, reader }: Hinted, move: Verdict): Promise<VerdictInput> {
    const step = ticket.step ?? 0;
    if (move.verdict === 'approve')
      return { verdict: 'approve', step, shown: { digest: ticket.digest ?? '', lastSame: null } };
    const said = answered(await reader.comments(ticket.name.id)).find(
      ({ author, created, body, isForAll }) =>
        author?.accountId === move.account &&
        isForAll &&
        Math.abs(created.getTime() - move.at.getTime()) < REASON_MS &&
        tieCodeIn(wordsOf(body)) === undefined,
    );
    const words = wordsOf(said?.body).replaceAll('\0', '').trim().slice(0, REASON).toWellFormed();
    return { verdict: 'deny', step, reason: words.trim() || `Denied in Jira: ${ticket.name.key}` };
  }

  /** A code that a person got in the console, sent by the account that is theirs. */
  async #readComment(hinted: Hinted, commentId: string): Promise<void> {
    const { channelId, app, ticket, reader } = hinted;
    const said = await reader.comment(ticket.name.id, commentId);
    // Somebody removed it meanwhile.
    if (!said.ok && said.failed.kind === 'refused') return;
    const { author, body } = answered(said);
    const code = tieCodeIn(wordsOf(body));
    if (code === undefined || author === undefined) return;
    const account = { account: author.accountId, name: author.displayName ?? author.accountId };
    try {
      await this.database.transaction((client) =>
        this.accounts.offer(client, { channelId, app, ...account, code }),
      );
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      await this.#say(hinted, error.message);
      return;
    }
    await this.#say(hinted, OFFERED);
  }

  async #say({ system, ticket }: Hinted, words: string): Promise<boolean> {
    const link = `${this.env.HOLDPOINT_PUBLIC_URL}/inbox/${ticket.thread}`;
    const said = await system.say(ticket.name, jiraRemark(words, link));
    if (!said.ok) this.logger.warn({ ticket: ticket.name.key }, 'a ticket took no comment');
    return said.ok;
  }
}

function answered<Value>(answer: Told<Value>): Value {
  if (answer.ok) return answer.value;
  const { failed } = answer;
  throw new Error(`A ticket could not be read: ${'answer' in failed ? failed.answer : ''}`);
}

const RECORDED = 'Your verdict was recorded.';
const FAILED = 'Nothing was recorded: the gateway failed. Decide in Holdpoint.';
const AGAIN = 'Then move the ticket back and here again, or decide in Holdpoint.';
const UNTIED = `Nothing was recorded: nobody said that the Jira account that moved this ticket is theirs. Its person gets a code in Holdpoint, under Account → Accounts elsewhere, and writes it here as a comment. ${AGAIN}`;
const SIGNED_OUT = `Nothing was recorded: sign in to Holdpoint first, so that the identity provider can be asked about your groups. ${AGAIN}`;
const OFFERED =
  'Holdpoint now asks the person who got this code, under Account → Accounts elsewhere, whether this Jira account is theirs. Nothing is tied before they say so.';
