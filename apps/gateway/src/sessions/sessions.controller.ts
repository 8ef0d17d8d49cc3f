import {
  sessionListQuerySchema,
  type SessionReplay,
  type SessionSummary,
} from '@holdpoint/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AnyRole, CurrentPerson } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { SessionsService } from './sessions.service.ts';

const listQuerySchema = sessionListQuerySchema.extend({ cursor: z.uuid().optional() });
const replayQuerySchema = z.object({ after: z.uuid().optional() });

@Controller('api/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @AnyRole()
  list(
    @Query(new ZodPipe(listQuerySchema)) query: z.infer<typeof listQuerySchema>,
  ): Promise<{ items: SessionSummary[]; next: string | null }> {
    return this.sessions.list(query);
  }

  @Get(':id')
  @AnyRole()
  replay(
    @Param('id', UuidPipe) id: string,
    @Query(new ZodPipe(replayQuerySchema)) query: z.infer<typeof replayQuerySchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SessionReplay> {
    return this.sessions.replay(id, query.after ?? null, person);
  }
}
