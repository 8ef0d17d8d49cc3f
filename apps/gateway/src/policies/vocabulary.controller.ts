import type { PolicyVocabularyView } from '@holdpoint/contracts';
import { Controller, Get } from '@nestjs/common';
import { Roles } from '../identity/access.ts';
import { VocabularyService } from './vocabulary.service.ts';

@Controller('api/policy/vocabulary')
export class VocabularyController {
  constructor(private readonly vocabulary: VocabularyService) {}

  @Get()
  @Roles('admin')
  get(): Promise<PolicyVocabularyView> {
    return this.vocabulary.vocabulary();
  }
}
