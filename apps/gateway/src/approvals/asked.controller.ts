import { answerInputSchema, type AskedDetail, type AskedItem } from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, SignedIn } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { AskedView } from './asked.view.ts';
import { NotesService } from './notes.service.ts';

const idPipe = new ZodPipe(z.uuid());

/** For whoever answers for an agent: a role isn't needed, a question to them is. */
@Controller('api/approvals/asked-of-me')
export class AskedController {
  constructor(
    private readonly view: AskedView,
    private readonly notes: NotesService,
  ) {}

  @Get()
  @SignedIn()
  async list(@CurrentPerson() person: SignedInPerson): Promise<{ items: AskedItem[] }> {
    return { items: await this.view.list(person) };
  }

  @Get(':id')
  @SignedIn()
  get(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<AskedDetail> {
    return this.view.detail(id, person);
  }

  @Post(':id/answer')
  @HttpCode(200)
  @SignedIn()
  async answer(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(answerInputSchema, { withNul: true })) { text }: { text: string },
    @CurrentPerson() person: SignedInPerson,
  ): Promise<AskedDetail> {
    await this.notes.answer(id, text, person);
    return this.view.detail(id, person);
  }
}
