import { type DynamicModule, Module } from '@nestjs/common';
import { PochtaBrokerStrategy } from '@pochta/nestjs/broker';
import { AdminModule } from './admin/admin.module';
import { HealthController } from './health/health.controller';
import { Readiness } from './health/readiness';
import { ChatRoom } from './topics/chat-room.controller';
import { Clock } from './topics/clock.controller';
import { StockPrices } from './topics/stock-prices.controller';

@Module({ controllers: [StockPrices, ChatRoom, Clock, HealthController], providers: [Readiness] })
export class BrokerModule {
  /** With `admin`, every peer may administrate the broker. */
  static for(strategy: PochtaBrokerStrategy, admin: boolean): DynamicModule {
    return {
      module: BrokerModule,
      imports: admin ? [AdminModule.for(strategy)] : [],
      providers: [{ provide: PochtaBrokerStrategy, useValue: strategy }],
    };
  }
}
