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
  @Roles('admin', 'reviewer')
  async search(
    @Query(new ZodPipe(peopleQuerySchema, { withNul: true }))
    { q, key }: z.infer<typeof peopleQuerySchema>,
  ): Promise<PeopleList> {
    return {
      items:
        key.length > 0
          ? [...(await this.people.byKeys(key)).values()]
          : await this.people.search(q),
    };
  }
}
