import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { PochtaClientProxy } from '../client/pochta-client-proxy';
import type { TopicPublisher } from '../client/topic-publisher';
import { PochtaModule } from '../module/pochta.module';
import { connectPochta } from '../transport/connect-pochta';
import { InjectPochta, InjectTopic } from './tokens';

const options = { logger: false, abortOnError: false } as const;

it('What is injected without a module that provides it is refused with what is missing', async () => {
  @Injectable()
  class Publishing {
    constructor(@InjectPochta() readonly pochta: PochtaClientProxy) {}
  }
  const without = { module: class AppModule {}, providers: [Publishing] };
  await expect(NestFactory.create(without, options)).rejects.toThrow(
    /PochtaClientProxy\(default\) of PochtaModule.forRoot\(\), for @InjectPochta\(\)/,
  );

  @Injectable()
  class OneTopic {
    constructor(@InjectTopic('orders') readonly orders: TopicPublisher<unknown>) {}
  }
  const imports = [PochtaModule.forRoot()];
  await expect(
    NestFactory.create({ module: class AppModule {}, imports, providers: [OneTopic] }, options),
  ).rejects.toThrow(
    /TopicPublisher\(default:orders\) of PochtaModule.forFeature\(\[…\]\), for @InjectTopic\(\)/,
  );
});

it('connectPochta without a PochtaModule says which one is missing', async () => {
  const app = await NestFactory.create(class AppModule {}, options);
  expect(() => connectPochta(app)).toThrow(/PochtaConnection\(default\) of PochtaModule.forRoot\(\)/);
  await app.close();
});
