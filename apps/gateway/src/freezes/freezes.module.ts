import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { NotificationsModule } from '../notifications/notifications.module.ts';
import { FreezeStoreModule } from './freeze-store.module.ts';
import { FreezesController } from './freezes.controller.ts';
import { FreezesService } from './freezes.service.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, FreezeStoreModule, NotificationsModule],
  controllers: [FreezesController],
  providers: [FreezesService],
})
export class FreezesModule {}
