import { Module } from '@nestjs/common';
import { Outgoing } from './outgoing.ts';

/** Apart from the connections, so that the audit log can post its checkpoints without knowing them. */
@Module({ providers: [Outgoing], exports: [Outgoing] })
export class OutgoingModule {}
