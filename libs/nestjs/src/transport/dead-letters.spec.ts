import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { RawPayload } from '@pochta/client';
import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { eventually, startBroker } from '@pochta/testing';
import { IsString } from 'class-validator';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { defineTopic } from '../topics/define-topic';
import { PochtaTerminate } from './outcomes';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

class Order {
  @IsString() item!: string;
}

const BACKOFF = { min: 1, max: 2 };

describe('A handler on a dead-letter topic', () => {
  it('that throws gets the message again, and the log says so', async () => {
    const broker = await startBroker();
    @Controller()
    class Dead {
      @Subscribe('orders.dead', { group: 'g', maxDeliveries: 1 }) on(): void {
        throw new Error('no');
      }
    }
    const { texts } = await startService(broker, [Dead]);
    const client = await connectTo(broker);
    await client.publish('orders.dead', 1);
    await eventually(() => texts('error').length === 2);
    expect(texts('error').at(-1)).toBe(
      "@Subscribe('orders.dead') on Dead.on failed on orders.dead 1, delivery 1 to g: no; " +
        'it comes again after the longest backoff: a dead-letter topic has no dead letters of its own',
    );
  });

  it('that terminates is done with the message, and the log says so', async () => {
    const broker = await startBroker();
    @Controller()
    class Dead {
      @Subscribe('orders.dead', { group: 'g' }) on(): void {
        throw new PochtaTerminate('never');
      }
    }
    const { texts } = await startService(broker, [Dead]);
    const client = await connectTo(broker);
    await client.publish('orders.dead', 1);
    await eventually(() => texts('error').length > 0);
    expect(texts('error')[0]).toContain('never; the group is done with it: a dead-letter topic has no dead');
    const { store } = broker.server.broker;
    await eventually(() => [...store.groups('orders.dead')].every(({ ackFloor }) => ackFloor === 2));
  });

  it.each(['single', 'batch'])('does not lose what does not fit: it comes again (%s)', async (kind) => {
    const broker = await startBroker();
    const orders = defineTopic('orders.dead', Order);
    const options = { group: 'g', backoff: BACKOFF, maxDeliveries: 100 };
    @Controller()
    class Single {
      @Subscribe(orders, options) on(_order: Order): void {}
    }
    @Controller()
    class Batch {
      @Subscribe(orders, { ...options, batch: { size: 2, wait: 1 } }) on(_orders: Order[]): void {}
    }
    const { strategy, texts } = await startService(broker, [kind === 'single' ? Single : Batch]);
    const client = await connectTo(broker);
    await client.publish('orders.dead', { item: 1 });
    await client.publish('orders.dead', { item: 'tea' });
    await eventually(() => strategy.counts[0].retried > 1 && strategy.counts[0].handled === 1);
    expect(strategy.counts[0].terminated).toBe(0);
    expect(texts('error')[0]).toMatch(
      /item must be a string; it comes again in about 1 ms: a dead-letter topic/,
    );
  });

  it('of another name is known by its messages', async () => {
    const broker = await startBroker();
    @Controller()
    class Dead {
      @Subscribe('orders', { group: 'g', maxDeliveries: 1 }) first(): void {
        throw new Error('no');
      }
      @Subscribe('failures', { group: 'g', maxDeliveries: 1 }) on(): void {
        throw new Error('no');
      }
    }
    const client = await connectTo(broker);
    await broker.server.broker.topics.create('orders', {
      ...DEFAULT_TOPIC_POLICY,
      deadLetterTopic: 'failures',
    });
    const { texts } = await startService(broker, [Dead]);
    await client.publish('orders', 1);
    const told = () => texts('error').filter((text) => text !== 'Error: no');
    await eventually(() => told().length === 2);
    expect(told()[0]).toMatch(/failed on orders 1.*it is a dead letter now$/);
    expect(told()[1]).toMatch(/failed on failures 1.*it comes again after the longest backoff/);
  });
});

describe('A topic with a class', () => {
  it.each(['single', 'batch'])(
    'refuses bytes of another content type before the handler (%s)',
    async (kind) => {
      const broker = await startBroker();
      const orders = defineTopic('orders', Order);
      const heard: unknown[] = [];
      @Controller()
      class Single {
        @Subscribe(orders, { group: 'g' }) on(@Payload() order: Order): void {
          heard.push(order);
        }
      }
      @Controller()
      class Batch {
        @Subscribe(orders, { group: 'g', batch: { size: 1 } }) on(@Payload() batch: Order[]): void {
          heard.push(...batch);
        }
      }
      const { strategy, texts } = await startService(broker, [kind === 'single' ? Single : Batch]);
      const client = await connectTo(broker);
      await client.publish('orders', new RawPayload(Buffer.from([1, 2]), 'image/png'));
      await client.publish('orders', { item: 'tea' });
      await eventually(() => strategy.counts[0].terminated === 1 && strategy.counts[0].handled === 1);
      expect(texts('error')[0]).toMatch(/message must be an object; it is a dead letter now/);
      expect(heard).toEqual([{ item: 'tea' }]);
    },
  );
});
