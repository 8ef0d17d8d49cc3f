import { Module } from '@nestjs/common';
import { RotaRegistry } from './rota-registry.ts';

/** Apart from what admins do with rotas, which looks at policies and connections, which look here. */
@Module({ providers: [RotaRegistry], exports: [RotaRegistry] })
export class RotaRegistryModule {}
