import { Module } from '@nestjs/common';
import { HttpOutgoing } from './http-outgoing.ts';
import { OutgoingSockets } from './outgoing-socket.ts';

/** Apart from the connections, so that the audit log can post its checkpoints without knowing them. */
@Module({ providers: [HttpOutgoing, OutgoingSockets], exports: [HttpOutgoing, OutgoingSockets] })
export class HttpOutgoingModule {}
