import { Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/approvals.module.ts';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { ChannelAccounts } from './accounts/channel-accounts.service.ts';
import { ChannelAccountsController } from './accounts/channel-accounts.controller.ts';
import { ChannelPeople } from './accounts/channel-people.ts';
import { AskedPeople } from './asked-people.ts';
import { CallbackEndpoint } from './callbacks/callback.endpoint.ts';
import { Callbacks } from './callbacks/callbacks.service.ts';
import { ChannelVault } from './channels/channel-vault.ts';
import { ChannelsController } from './channels/channels.controller.ts';
import { ChannelsService } from './channels/channels.service.ts';
import { InboundSecrets } from './channels/inbound.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { DeliveriesService } from './deliveries.service.ts';
import { Deliverer } from './deliverer.ts';
import { HeldArguments } from './events/held-arguments.ts';
import { MessageKeeper } from './messages/message-keeper.ts';
import { MessagesService } from './messages/messages.service.ts';
import { NotificationsModule } from './notifications.module.ts';
import { PushBrowsers } from './push/push-browsers.service.ts';
import { PushController } from './push/push.controller.ts';
import { PushSender } from './push/push.sender.ts';
import { PushVault } from './push/push-vault.ts';
import { Recipients } from './recipients.ts';
import { RoutesController } from './routes/routes.controller.ts';
import { RoutesService } from './routes/routes.service.ts';
import { EmailSender } from './senders/email.sender.ts';
import { TeamsSender } from './senders/teams.sender.ts';
import { WebhookSender } from './senders/webhook.sender.ts';
import { SlackAccounts } from './slack/slack-accounts.service.ts';
import { SlackAccountsController } from './slack/slack-accounts.controller.ts';
import { SlackApi } from './slack/slack-api.ts';
import { SlackEndpoint } from './slack/slack.endpoint.ts';
import { SlackPeople } from './slack/slack-people.ts';
import { SlackReplies } from './slack/slack-replies.ts';
import { SlackSender } from './slack/slack.sender.ts';
import { SlackVerdicts } from './slack/slack-verdicts.ts';
import { Spreader } from './spreader.ts';
import { JiraApi } from './tickets/jira-api.ts';
import { JiraVerdicts } from './tickets/jira-verdicts.ts';
import { JiraEndpoint } from './tickets/jira.endpoint.ts';
import { NotificationPreferencesController } from './telling/notification-preferences.controller.ts';
import { NotificationPreferences } from './telling/notification-preferences.service.ts';
import { TicketSender } from './tickets/ticket-sender.ts';

/** Who is told of what happened, and how. */
@Module({
  imports: [
    ApprovalsModule,
    AuditModule,
    ConnectionsModule,
    IdentityModule,
    NotificationsModule,
    PoliciesModule,
  ],
  controllers: [
    ChannelAccountsController,
    ChannelsController,
    DeliveriesController,
    NotificationPreferencesController,
    PushController,
    RoutesController,
    SlackAccountsController,
  ],
  providers: [
    CallbackEndpoint,
    Callbacks,
    ChannelAccounts,
    ChannelPeople,
    AskedPeople,
    ChannelVault,
    ChannelsService,
    DeliveriesService,
    Deliverer,
    EmailSender,
    HeldArguments,
    InboundSecrets,
    JiraApi,
    JiraEndpoint,
    JiraVerdicts,
    MessageKeeper,
    MessagesService,
    NotificationPreferences,
    PushBrowsers,
    PushSender,
    PushVault,
    Recipients,
    RoutesService,
    SlackAccounts,
    SlackApi,
    SlackEndpoint,
    SlackPeople,
    SlackReplies,
    SlackSender,
    SlackVerdicts,
    Spreader,
    TeamsSender,
    TicketSender,
    WebhookSender,
  ],
})
export class ChannelsModule {}
