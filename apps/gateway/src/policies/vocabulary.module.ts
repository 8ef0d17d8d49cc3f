import { Module } from '@nestjs/common';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { RotaRegistryModule } from '../rotas/rota-registry.module.ts';
import { VocabularyController } from './vocabulary.controller.ts';
import { VocabularyService } from './vocabulary.service.ts';

@Module({
  imports: [ConnectionsModule, RotaRegistryModule],
  controllers: [VocabularyController],
  providers: [VocabularyService],
})
export class VocabularyModule {}
