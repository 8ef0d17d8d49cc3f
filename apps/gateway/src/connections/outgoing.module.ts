import { Module } from '@nestjs/common';
import { ConnectorLinksModule } from '../connectors/connector-links.module.ts';
import { HttpOutgoingModule } from './http-outgoing.module.ts';
import { Outgoing } from './outgoing.ts';

@Module({
  imports: [ConnectorLinksModule, HttpOutgoingModule],
  providers: [Outgoing],
  exports: [HttpOutgoingModule, Outgoing],
})
export class OutgoingModule {}
