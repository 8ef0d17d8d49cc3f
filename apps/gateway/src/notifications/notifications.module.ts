import { Module } from '@nestjs/common';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { ApprovalNotifier } from './approval-notifier.ts';
import { DeliveryRepository } from './delivery.repository.ts';
import { JobQueue } from './job-queue.ts';

@Module({
  imports: [ConnectionsModule],
  providers: [ApprovalNotifier, DeliveryRepository, JobQueue],
  exports: [ApprovalNotifier],
})
export class NotificationsModule {}
