import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { ApprovalNotifier } from './approval-notifier.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { DeliveriesService } from './deliveries.service.ts';
import { DeliveryRepository } from './delivery.repository.ts';
import { JobQueue } from './job-queue.ts';
import { WebhookWorker } from './webhook.worker.ts';

@Module({
  imports: [AuditModule, ConnectionsModule],
  controllers: [DeliveriesController],
  providers: [ApprovalNotifier, DeliveriesService, DeliveryRepository, JobQueue, WebhookWorker],
  exports: [ApprovalNotifier],
})
export class NotificationsModule {}
