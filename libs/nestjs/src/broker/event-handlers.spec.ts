import { Controller, Inject, Injectable, Scope, UsePipes, ValidationPipe } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  Payload,
  type RequestContext as NestRequest,
  RpcException,
} from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { EventContext } from './topic-context';
import { Topic } from './topic.decorator';

class Price {
  @IsNumber() price!: number;
}

afterEach(stopOwnBrokers);

const publish = (topic: string, message: unknown, more: object = {}) => ({
  action: 'publish',
  topic,
  message,
  ...more,
});

describe('@EventPattern in a broker app', () => {
  it('hears messages from now on, of topics that are created later too, with what is known of them', async () => {
    const heard: object[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders.*')
      onOrder(@Payload() order: unknown, @Ctx() ctx: EventContext): void {
        const { topic, sequence, headers, key, timestamp } = ctx;
        heard.push({
          order,
          topic,
          sequence,
          headers,
          key,
          recent: Math.abs(Date.now() - timestamp) < 60_000,
        });
      }
    }
    const { peer } = await startOwnBroker([Orders]);
    peer.send(publish('orders.new', { n: 1 }, { headers: { a: 'b' }, key: 'k' }), publish('orders.new', 2));
    peer.send(publish('invoices.new', 3), publish('orders.paid', 4), publish('orders.new.deep', 5));
    await eventually(() => heard.length >= 3);
    const inOrder = heard.filter((event) => (event as { topic: string }).topic === 'orders.new');
    expect(inOrder).toEqual([
      { order: { n: 1 }, topic: 'orders.new', sequence: 1, headers: { a: 'b' }, key: 'k', recent: true },
      { order: 2, topic: 'orders.new', sequence: 2, headers: {}, key: undefined, recent: true },
    ]);
    expect(heard).toContainEqual({
      order: 4,
      topic: 'orders.paid',
      sequence: 1,
      headers: {},
      key: undefined,
      recent: true,
    });
    await peer.take(5);
    expect(heard).toHaveLength(3);
  });

  it('hears what a decorated topic stored, and not what it refused', async () => {
    const heard: unknown[] = [];
    @Controller()
    class Prices {
      @Topic('prices')
      onPublish(@Payload() price: Price): object {
        return { doubled: price.price * 2 };
      }
      @EventPattern<string>('prices')
      onPrice(@Payload() price: unknown): void {
        heard.push(price);
      }
    }
    const { peer } = await startOwnBroker([Prices]);
    peer.send(publish('prices', { price: 'x' }), publish('prices', { price: 2 }));
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([{ doubled: 4 }]);
  });

  it('logs and counts what the handler throws, and goes on', async () => {
    const heard: unknown[] = [];
    @Controller()
    class Failing {
      @EventPattern<string>('failing')
      async onMessage(@Payload() kind: string): Promise<void> {
        await Promise.resolve();
        if (kind === 'error') throw new Error('bug 42');
        if (kind === 'rpc') throw new RpcException('refused 42');
        heard.push(kind);
      }
    }
    const { peer, strategy, logged } = await startOwnBroker([Failing]);
    peer.send(publish('failing', 'error'), publish('failing', 'rpc'), publish('failing', 'fine'));
    await eventually(() => heard.length > 0 && strategy.eventFailures === 2);
    const errors = logged.filter(({ level }) => level === 'error').map(({ message }) => message as Error);
    expect(errors.map(({ message }) => message).sort()).toEqual(['bug 42', 'refused 42']);
    const warnings = logged.filter(({ level }) => level === 'warn').map(({ message }) => message as string);
    expect(warnings).toContainEqual(expect.stringContaining('The handler of failing failed on failing 1'));
    expect(warnings).toContainEqual(expect.stringContaining('failing 2'));
    expect(await peer.take(3)).toMatchObject([
      { status: 'success' },
      { status: 'success' },
      { status: 'success' },
    ]);
  });

  it('works on no more messages at a time than the limit, falls behind, and misses none', async () => {
    let atOnce = 0;
    let most = 0;
    const finish: (() => void)[] = [];
    const heard: number[] = [];
    @Controller()
    class Slow {
      @EventPattern<string>('slow')
      async onMessage(@Payload() n: number): Promise<void> {
        most = Math.max(most, ++atOnce);
        heard.push(n);
        await new Promise<void>((resolve) => finish.push(resolve));
        atOnce--;
      }
    }
    const { peer } = await startOwnBroker([Slow], { maxInFlightEvents: 3 });
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    peer.send(...numbers.map((n) => publish('slow', n)));
    await peer.take(500);
    await eventually(() => atOnce === 3);
    await eventually(() => {
      for (const one of finish.splice(0)) one();
      return heard.length === 500;
    });
    for (const one of finish.splice(0)) one();
    expect(most).toBe(3);
    expect(heard).toEqual(numbers);
  });

  it('handles messages one after another with a limit of one', async () => {
    const steps: string[] = [];
    @Controller()
    class Careful {
      @EventPattern<string>('careful')
      async onMessage(@Payload() n: number): Promise<void> {
        steps.push(`begin ${n}`);
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`end ${n}`);
      }
    }
    const { peer } = await startOwnBroker([Careful], { maxInFlightEvents: 1 });
    peer.send(publish('careful', 1), publish('careful', 2), publish('careful', 3));
    await eventually(() => steps.length === 6);
    expect(steps).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  it('makes request-scoped providers anew, and runs pipes', async () => {
    const heard: object[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class Visit {
      constructor(@Inject(REQUEST) readonly request: NestRequest) {}
    }
    @Controller()
    class Scoped {
      constructor(private readonly visit: Visit) {}
      @UsePipes(new ValidationPipe({ transform: true }))
      @EventPattern<string>('scoped')
      onMessage(@Payload() price: Price): void {
        const context = this.visit.request.getContext() as EventContext;
        heard.push({ sequence: context.sequence, isPrice: price instanceof Price });
      }
    }
    const { peer } = await startOwnBroker([Scoped], {}, [Visit]);
    peer.send(publish('scoped', { price: 1 }), publish('scoped', { price: 2 }));
    await eventually(() => heard.length === 2);
    expect(heard).toContainEqual({ sequence: 1, isPrice: true });
    expect(heard).toContainEqual({ sequence: 2, isPrice: true });
  });

  it('lets handlers finish before the app is closed', async () => {
    let finished = false;
    let begun = false;
    let finish!: () => void;
    @Controller()
    class Lasting {
      @EventPattern<string>('lasting')
      async onMessage(): Promise<void> {
        begun = true;
        await new Promise<void>((resolve) => (finish = resolve));
        finished = true;
      }
    }
    const { app, peer } = await startOwnBroker([Lasting]);
    peer.send(publish('lasting', 1));
    await eventually(() => begun);
    await peer.close();
    const closed = app.close().then(() => finished);
    finish();
    expect(await closed).toBe(true);
  });

  it('does not wait for ever for a handler that hangs', async () => {
    let begun = false;
    @Controller()
    class Hanging {
      @EventPattern<string>('hanging')
      onMessage(): Promise<void> {
        begun = true;
        return new Promise(() => undefined);
      }
    }
    const { app, peer, logged } = await startOwnBroker([Hanging], { stopTimeout: 20 });
    peer.send(publish('hanging', 1));
    await eventually(() => begun);
    await app.close();
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringContaining('had not finished') as string,
      }),
    );
  });
});
