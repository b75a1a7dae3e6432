import 'reflect-metadata';
import { once } from 'node:events';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { serviceOptions } from '../../contenders/nest/options';
import type { NestTransport } from '../../contenders/nest/transport';
import { HandledCount } from '../handled-count';
import { controllersFor } from './service-controllers';

/** What the service says once it is reached through its transport. */
export interface ServiceReady {
  /** Where it tells what it has handled. */
  readonly countPort: number;
}

@Module({})
class ServiceModule {}

/** The service's process: gets its transport, and serves until it is ended. */
export async function runNestService(): Promise<void> {
  const [transport] = (await once(process, 'message')) as [NestTransport];
  const handled = await HandledCount.listen();
  const module = {
    module: ServiceModule,
    controllers: controllersFor(transport),
    providers: [{ provide: HandledCount, useValue: handled }],
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    ...serviceOptions(transport),
    logger: false,
  });
  if (transport.measure === 'topic') app.useGlobalPipes(new ValidationPipe());
  await app.listen();
  process.send!({ countPort: handled.port } satisfies ServiceReady);
}
