import { type DynamicModule, Module } from '@nestjs/common';
import { Administration } from '@pochta/broker-core';
import type { PochtaBrokerStrategy } from '@pochta/nestjs/broker';
import { AdminAnswers, type PochtaServer } from '@pochta/server';
import { ConnectionsAdminController } from './connections-admin.controller';
import { GroupsAdminController } from './groups-admin.controller';
import { TopicsAdminController } from './topics-admin.controller';

/** The broker is administered over itself: its admin verbs are requests to topics that begin with `$pochta.`. */
@Module({ controllers: [TopicsAdminController, GroupsAdminController, ConnectionsAdminController] })
export class AdminModule {
  static for(strategy: PochtaBrokerStrategy): DynamicModule {
    const { broker } = strategy.unwrap<PochtaServer>();
    return {
      module: AdminModule,
      providers: [{ provide: AdminAnswers, useValue: new AdminAnswers(new Administration(broker)) }],
    };
  }
}
