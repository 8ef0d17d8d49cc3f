import { Module } from '@nestjs/common';
import { FreezeStore } from './freeze-store.ts';

/** Apart from the switch, which needs connections, while connections need this. */
@Module({ providers: [FreezeStore], exports: [FreezeStore] })
export class FreezeStoreModule {}
