import { Module } from '@nestjs/common';
import { ApprovalNotifier } from './approval-notifier.ts';
import { FreezeNotifier } from './freeze-notifier.ts';
import { JobQueue } from './job-queue.ts';

/** What others need to have something told. Who is told, and how, is `ChannelsModule`. */
@Module({
  providers: [ApprovalNotifier, FreezeNotifier, JobQueue],
  exports: [ApprovalNotifier, FreezeNotifier, JobQueue],
})
export class NotificationsModule {}
