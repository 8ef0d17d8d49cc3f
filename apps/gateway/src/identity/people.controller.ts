import { peopleQuerySchema, type PeopleList } from '@holdpoint/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { Roles } from './access.ts';
import { PeopleRepository } from './people.repository.ts';

@Controller('api/people')
export class PeopleController {
  constructor(private readonly people: PeopleRepository) {}

  @Get()
  @Roles('admin')
  async search(
    @Query(new ZodPipe(peopleQuerySchema)) { q }: z.infer<typeof peopleQuerySchema>,
  ): Promise<PeopleList> {
    return { items: await this.people.search(q) };
  }
}
