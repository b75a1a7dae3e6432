import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { Transform } from 'class-transformer';
import { IsNumber } from 'class-validator';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { defineTopic } from '../topics/define-topic';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

const GROUP = { group: 'g', backoff: { min: 1, max: 2 }, maxDeliveries: 2 };

describe('A payload that does not fit its topic', () => {
  class Picky {
    @IsNumber() amount!: number;
    @Transform(({ value }) => (value as string).trim()) name!: string;
  }
  const orders = defineTopic('orders', Picky);

  @Controller()
  class Taking {
    @Subscribe(orders, GROUP) on(@Payload() _order: Picky): void {}
  }
  @Controller()
  class TakingContext {
    @Subscribe(orders, GROUP) on(@Ctx() _context: unknown): void {}
  }
  @Controller()
  class TakingField {
    @Subscribe(orders, GROUP) on(@Payload('amount') _amount: unknown): void {}
  }
  @Controller()
  class TakingNothing {
    @Subscribe(orders, GROUP) on(): void {}
  }
  @Controller()
  class TakingBatches {
    @Subscribe(orders, { ...GROUP, batch: { size: 1 } }) on(_orders: Picky[]): void {}
  }

  it.each([
    ['it', Taking],
    ['its context alone', TakingContext],
    ['a field of it', TakingField],
    ['nothing', TakingNothing],
    ['batches', TakingBatches],
  ])('is a dead letter at once, whatever the handler takes: %s', async (_takes, type) => {
    const broker = await startBroker();
    const { strategy } = await startService(broker, [type]);
    const dead: unknown[] = [];
    const client = await connectTo(broker);
    await client.subscribe('orders.dead', { onMessage: ({ value }) => void dead.push(value) });
    await client.publishMany('orders', [
      { amount: 'x', name: 'a' },
      { amount: 1, name: 2 },
      { amount: 1, name: 'a' },
    ]);
    await eventually(() => dead.length === 2 && strategy.counts[0].handled === 1);
    expect(strategy.counts[0]).toMatchObject({ failed: 2, terminated: 2 });
  });
});
