import { IsInt, IsString, MinLength, Validate, ValidateNested, ValidatorConstraint } from 'class-validator';
import { Type } from 'class-transformer';
import { PochtaClientProxy, PochtaRecordBuilder, type TopicPublisher } from '../index';
import { defineTopic, isTopicDefinition } from './define-topic';
import { checkPayload } from './payload-check';

interface Order {
  readonly id: number;
}

class Customer {
  @IsString() @MinLength(1) name!: string;
}

@ValidatorConstraint({ async: true })
class Known {
  async validate(id: number): Promise<boolean> {
    await Promise.resolve();
    return id < 100;
  }
  defaultMessage(): string {
    return 'no such order';
  }
}

class OrderDto {
  @IsInt() @Validate(Known) id!: number;
  @ValidateNested() @Type(() => Customer) customer!: Customer;
}

const orders = defineTopic<Order>('orders.created');
const sums = defineTopic<number[], number>('sums');

describe('a wrong payload does not compile', () => {
  it('where it is published or asked for', () => {
    const proxy = new PochtaClientProxy();
    const right = () => [
      proxy.publish(orders, { id: 1 }),
      proxy.publishMany(orders, [{ id: 1 }]),
      proxy.publish('any.topic', 'anything'),
      proxy.emit(orders, { id: 1 }),
      proxy.emit(orders, new PochtaRecordBuilder({ id: 1 }).setKey('k').build()),
      proxy.emit({ any: 'pattern' }, 'anything'),
      proxy.send(sums, [1]).subscribe((sum) => sum.toFixed()),
      proxy.send<string>('any.topic', 1).subscribe((text) => text.length),
      proxy.send({ cmd: 'any', deep: { n: 1 } }, 1).subscribe((reply) => reply.anything),
      proxy.request(sums, [1, 2]).then((sum) => sum.toFixed()),
      proxy.request<string>('any.topic', 1).then((text) => text.length),
      proxy.transaction((transaction) => transaction.publish(orders, { id: 1 })),
    ];
    const wrong = () => [
      // @ts-expect-error the id is a number
      proxy.publish(orders, { id: '1' }),
      // @ts-expect-error there must be an id
      proxy.publish(orders, {}),
      // @ts-expect-error the id is a number
      proxy.emit(orders, { id: '1' }),
      // @ts-expect-error the id is a number
      proxy.emit(orders, new PochtaRecordBuilder({ id: '1' }).build()),
      // @ts-expect-error numbers are summed
      proxy.send(sums, ['1']),
      // @ts-expect-error one payload is not many
      proxy.publishMany(orders, { id: 1 }),
      // @ts-expect-error numbers are summed
      proxy.request(sums, ['1']),
      // @ts-expect-error a sum is a number
      proxy.request(sums, [1]).then((sum) => sum.length),
      // @ts-expect-error as outside of a transaction
      proxy.transaction((transaction) => transaction.publish(orders, { id: '1' })),
    ];
    const publisher = (topic: TopicPublisher<Order>) => [
      topic.publish({ id: 1 }),
      // @ts-expect-error the id is a number
      topic.publish({ id: '1' }),
    ];
    expect([right, wrong, publisher]).toHaveLength(3);
  });

  it('where a class says what it is', () => {
    const proxy = new PochtaClientProxy();
    const dtos = defineTopic('orders', OrderDto);
    const both = () => [
      proxy.publish(dtos, { id: 1, customer: { name: 'ann' } }),
      // @ts-expect-error there must be a customer
      proxy.publish(dtos, { id: 1 }),
    ];
    expect(both).toBeDefined();
  });
});

describe('a definition', () => {
  it('holds what it was given', () => {
    const policy = { maxMessages: 5 };
    expect(defineTopic('orders', OrderDto, { policy, description: 'all orders' })).toMatchObject({
      name: 'orders',
      payload: OrderDto,
      policy,
      description: 'all orders',
    });
    expect(defineTopic('${region}.orders', { policy })).toMatchObject({ payload: undefined, policy });
  });

  it('is known as one', () => {
    expect(isTopicDefinition(orders)).toBe(true);
    for (const other of ['orders', { name: 'orders', payload: undefined }, { cmd: 'sum' }, undefined])
      expect(isTopicDefinition(other)).toBe(false);
  });

  it('is known as one in a copy with other options, and to another installed copy of the package', () => {
    expect(isTopicDefinition({ ...orders, description: 'more' })).toBe(true);
    jest.isolateModules(() => {
      const other = jest.requireActual<typeof import('./define-topic')>('./define-topic');
      expect(other.isTopicDefinition).not.toBe(isTopicDefinition);
      expect(other.isTopicDefinition(orders)).toBe(true);
      expect(isTopicDefinition(other.defineTopic('orders'))).toBe(true);
    });
  });

  it.each(['', 'a b', 'orders.*', '>', '$own', '${a', 'a..b', 7 as never])(
    'is not to be had of %j',
    (name) => {
      expect(() => defineTopic(name)).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG', field: 'name' }),
      );
    },
  );
});

describe('a payload is checked against its class', () => {
  const check = async (payload: unknown) => checkPayload(OrderDto, payload);

  it('and passes as an instance, as a plain object, and with fields that the class does not know', async () => {
    const order = { id: 1, customer: { name: 'ann' } };
    await check(order);
    await check({ ...order, more: true });
    await check(
      Object.assign(new OrderDto(), order, { customer: Object.assign(new Customer(), order.customer) }),
    );
  });

  it.each([
    [{ id: '1', customer: { name: 'ann' } }, 'id', /id must be an integer/],
    [{ id: 100, customer: { name: 'ann' } }, 'id', /^id: no such order$/],
    [{ id: 1, customer: { name: '' } }, 'customer.name', /customer.name must be longer/],
    [[], 'message', /message must be an object/],
    [null, 'message', /message must be an object/],
    ['text', 'message', /message must be an object/],
  ])('and refused, the field named: %j', async (payload, field, message) => {
    await expect(check(payload)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      field,
      message: expect.stringMatching(message) as string,
    });
  });

  it('if the class has any decorators', () => {
    class Plain {}
    expect(checkPayload(Plain, 7)).toBeUndefined();
    expect(checkPayload(undefined, 7)).toBeUndefined();
  });
});
