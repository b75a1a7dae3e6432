import { Controller, Inject, Injectable, Scope, UsePipes, ValidationPipe } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  type RequestContext,
  RpcException,
} from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { IsInt, IsNumber, Min } from 'class-validator';
import { interval, lastValueFrom, map, type Observable, take, toArray } from 'rxjs';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import type { TestBroker } from '../testing';
import {
  defineTopic,
  InjectTopic,
  PochtaBatchContext,
  PochtaContext,
  PochtaModule,
  PochtaRetry,
  PochtaTerminate,
  Subscribe,
  TopicPublisher,
} from '../src';

afterEach(stopServices);

let broker: TestBroker;
beforeEach(async () => {
  broker = await startTestBroker();
});

// #region
export class Order {
  @IsInt() id!: number;
  @IsNumber() @Min(1) total!: number;
}

export const orders = defineTopic('orders.created', Order);

@Injectable()
export class Checkout {
  constructor(@InjectTopic(orders) private readonly orders: TopicPublisher<Order>) {}

  order(order: Order): Promise<void> {
    return this.orders.publish(order, { key: `${order.id}` });
  }
}

@Controller()
export class Warehouse {
  readonly packed: number[] = [];

  @Subscribe(orders, { group: 'warehouse' }) // a parameter that is no Order does not compile
  pack(@Payload() order: Order): void {
    this.packed.push(order.id);
  }
}
// #endregion

test('Typed topics', async () => {
  // #region
  const imports = [PochtaModule.forFeature([orders])];
  // #endregion
  const { app } = await startApp(broker, { imports, providers: [Checkout], controllers: [Warehouse] });
  await app.get(Checkout).order({ id: 1, total: 9 });
  await expect(app.get(Checkout).order({ id: 2, total: 0 })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    field: 'total',
  });
  // From a publisher that does not know the class.
  await broker.publish('orders.created', { id: 3, total: 0 });
  expect(await broker.deadLetter(orders)).toMatchObject({ value: { id: 3 }, reason: 'terminated' });
  expect(app.get(Warehouse).packed).toEqual([1]);
});

@Injectable()
class Bank {
  readonly tried: number[] = [];
  async charge({ id, total }: Order): Promise<'done' | 'busy' | 'unknown customer'> {
    this.tried.push(id);
    if (total === 404) return 'unknown customer';
    return this.tried.filter((tried) => tried === id).length === 1 ? 'busy' : 'done';
  }
}

// #region
@Controller()
export class Billing {
  constructor(private readonly bank: Bank) {}

  @Subscribe('orders.created', { group: 'billing', maxDeliveries: 8, backoff: { min: 500, max: 30_000 } })
  async bill(@Payload() order: Order): Promise<void> {
    const outcome = await this.bank.charge(order);
    if (outcome === 'busy') throw new PochtaRetry(10_000); // again in 10 s
    if (outcome === 'unknown customer') throw new PochtaTerminate(outcome); // never again
  }
}
// #endregion

test('Retries and dead letters', async () => {
  const { app } = await startApp(broker, { controllers: [Billing], providers: [Bank] });
  const { tried } = app.get(Bank);
  await broker.publish('orders.created', { id: 1, total: 404 });
  expect(await broker.deadLetter('orders.created')).toMatchObject({ detail: 'unknown customer' });
  await broker.publish('orders.created', { id: 2, total: 9 });
  await eventually(() => tried.includes(2));
  await broker.advance(9000);
  expect(tried).toEqual([1, 2]);
  await broker.advance(1000);
  await broker.delivered('orders.created');
  expect(tried).toEqual([1, 2, 2]);
});

test('Under @EventPattern, what a pipe refuses comes again until its last delivery', async () => {
  @Controller()
  class Plain {
    @UsePipes(new ValidationPipe())
    @EventPattern<string>('orders.created', { group: 'plain', maxDeliveries: 3 })
    onOrder(@Payload() _order: Order): void {}
  }
  const { texts } = await startApp(broker, { controllers: [Plain] });
  await broker.publish('orders.created', { id: 1, total: 0 });
  await eventually(() => texts('error').length > 0);
  await broker.advance(60_000);
  const letter = await broker.deadLetter('orders.created');
  expect(letter).toMatchObject({ reason: 'max-deliveries', deliveries: 3 });
});

// #region
@Controller()
export class Statistics {
  readonly rows: number[] = [];

  // At most 500 at a time; a batch waits at most 200 ms to be full.
  @Subscribe(orders, { group: 'statistics', prefetch: 1000, batch: { size: 500, wait: 200 } })
  async insert(@Payload() orders: Order[], @Ctx() { messages }: PochtaBatchContext): Promise<void> {
    for (const [index, { id, total }] of orders.entries()) {
      if (total > 1_000_000) await messages[index].terminate('too much to be true');
      else this.rows.push(id);
    }
  }
}
// #endregion

test('Batches', async () => {
  const { app } = await startApp(broker, { controllers: [Statistics] });
  for (const id of [1, 2, 3]) await broker.publish(orders, { id, total: id === 2 ? 1e9 : 9 });
  await broker.delivered(orders, { group: 'statistics' });
  expect(app.get(Statistics).rows).toEqual([1, 3]);
  expect(await broker.deadLetter(orders)).toMatchObject({ value: { id: 2 } });
});

// #region
@Controller()
export class Imports {
  readonly taken: string[] = [];

  @Subscribe('files', { group: 'imports', manualAck: true, ackDeadline: 60_000 })
  async take(@Payload() file: string, @Ctx() message: PochtaContext): Promise<void> {
    await message.touch(); // still at it: the ack deadline begins anew
    this.taken.push(file);
    if (file === 'empty') await message.terminate('nothing in it');
    else if (file === 'locked' && message.deliveryCount === 1) await message.nack(5000);
    else await message.ack();
  }
}
// #endregion

test('Manual ack', async () => {
  const { app } = await startApp(broker, { controllers: [Imports] });
  for (const file of ['a', 'empty', 'locked']) await broker.publish('files', file);
  expect(await broker.deadLetter('files')).toMatchObject({ value: 'empty', detail: 'nothing in it' });
  await broker.advance(5000);
  await broker.delivered('files', { group: 'imports' });
  expect(app.get(Imports).taken).toEqual(['a', 'empty', 'locked', 'locked']);
});

// #region
@Controller()
export class Prices {
  @MessagePattern('prices.of')
  of(@Payload() item: string): number {
    if (item === '') throw new RpcException({ code: 'NO_ITEM', message: 'which item?' });
    return item.length * 10;
  }

  // Several values are parts of one reply, sent as they come.
  @MessagePattern('prices.ticks')
  ticks(@Payload() count: number): Observable<number> {
    return interval(10).pipe(
      map((tick) => 100 + tick),
      take(count),
    );
  }
}
// #endregion

test('Requests', async () => {
  const { pochta } = await startApp(broker, { controllers: [Prices] });
  expect(await pochta.request('prices.of', 'tea')).toBe(30);
  expect(await lastValueFrom(pochta.send('prices.ticks', 3).pipe(toArray()))).toEqual([100, 101, 102]);
  const refused = { code: 'NO_ITEM', message: 'which item?' };
  await expect(pochta.request('prices.of', '')).rejects.toEqual(refused);
});

// #region
@Injectable({ scope: Scope.REQUEST })
export class Tenant {
  readonly name: string | undefined;

  constructor(@Inject(REQUEST) request: RequestContext<unknown, PochtaContext>) {
    this.name = request.context?.headers.tenant;
  }
}
// #endregion

test('Request scope', async () => {
  @Controller()
  class Who {
    constructor(private readonly tenant: Tenant) {}
    @MessagePattern('who') who(): string | undefined {
      return this.tenant.name;
    }
  }
  const { pochta } = await startApp(broker, { controllers: [Who], providers: [Tenant] });
  expect(await pochta.request('who', 1, { headers: { tenant: 'acme' } })).toBe('acme');
});
