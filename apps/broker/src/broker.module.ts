import { type DynamicModule, Module } from '@nestjs/common';
import { PochtaBrokerStrategy } from '@pochta/nestjs/broker';
import { HealthController } from './health/health.controller';
import { Readiness } from './health/readiness';
import { ChatRoom } from './topics/chat-room.controller';
import { Clock } from './topics/clock.controller';
import { StockPrices } from './topics/stock-prices.controller';

@Module({ controllers: [StockPrices, ChatRoom, Clock, HealthController], providers: [Readiness] })
export class BrokerModule {
  static for(strategy: PochtaBrokerStrategy): DynamicModule {
    return {
      module: BrokerModule,
      providers: [{ provide: PochtaBrokerStrategy, useValue: strategy }],
    };
  }
}
