import { Controller, type INestApplication, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { type Diagnostic, Parser } from '@asyncapi/parser';
import { IsString } from 'class-validator';
import { parse } from 'yaml';
import { PochtaModule } from '../module/pochta.module';
import { defineTopic } from '../topics/define-topic';
import type { NamedTopic } from '../topics/topic-definition';
import { Subscribe } from '../transport/subscribe.decorator';
import type { AsyncApiDocument } from './asyncapi-document';
import { madeInstances, OrderDto, OrdersModule } from '../../fixtures/orders-app';
import { createAsyncApiDocument, previewAsyncApiDocument } from './create-document';
import { PochtaAsyncApi } from './pochta-asyncapi';

const INFO = {
  title: 'Shop',
  version: '1.2.3',
  description: 'Orders and what becomes of them.',
  servers: { production: { host: 'broker.example.org:8888', protocol: 'pochta' } },
};

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function appOf(module: new () => unknown): Promise<INestApplication> {
  const testing = await Test.createTestingModule({ imports: [module] }).compile();
  return (app = testing.createNestApplication({ logger: false }));
}

const documentOf = (module: new () => unknown) => previewAsyncApiDocument(module, INFO);

/** What the AsyncAPI parser has against it: severity 0 is an error, 1 a warning, above that it is advice. */
async function complaints(document: AsyncApiDocument): Promise<Diagnostic[]> {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  return diagnostics;
}

function featureModule(...topics: NamedTopic[]): new () => unknown {
  @Module({ imports: [PochtaModule.forRoot(), PochtaModule.forFeature(topics)] })
  class FeatureModule {}
  return FeatureModule;
}

it('AsyncAPI 3 from decorators and DTOs: the document is valid by the AsyncAPI parser', async () => {
  const document = await documentOf(OrdersModule);
  const found = await complaints(document);
  expect(found.filter(({ severity }) => severity <= 1)).toEqual([]);
  // Its only remark is that there is a later version.
  expect(found.map(({ code }) => code)).toEqual(['asyncapi-latest-version']);
});

it('is the same of an app that runs and of a module of which nothing is made', async () => {
  const preview = await documentOf(OrdersModule);
  expect(madeInstances).toBe(0);
  expect(createAsyncApiDocument(await appOf(OrdersModule), INFO)).toEqual(preview);
  expect(madeInstances).toBe(1);
});

it('says of an event handler what it receives, and how', async () => {
  const { channels, operations } = await documentOf(OrdersModule);
  expect(operations['OrdersController.created']).toEqual({
    action: 'receive',
    channel: { $ref: '#/channels/orders.created' },
    messages: [{ $ref: '#/channels/orders.created/messages/OrderDto' }],
    summary: 'Bills an order',
    tags: [{ name: 'billing' }],
    'x-pochta': {
      group: 'billing',
      maxDeliveries: 3,
      backoff: { min: 100, max: 1000 },
      deadLetterTopic: 'orders.created.dead',
    },
  });
  expect(channels['orders.created']).toEqual({
    address: 'orders.created',
    messages: {
      OrderDto: {
        name: 'OrderDto',
        contentType: 'application/json',
        payload: { $ref: '#/components/schemas/OrderDto' },
        headers: { $ref: '#/components/schemas/TenantHeaders' },
      },
    },
  });
});

it('says of a request handler what it replies', async () => {
  const { channels, operations } = await documentOf(OrdersModule);
  expect(operations['OrdersController.total']).toMatchObject({
    description: 'Adds up what the orders cost.',
    reply: {
      channel: { $ref: '#/channels/orders.total.reply' },
      messages: [{ $ref: '#/channels/orders.total.reply/messages/TotalDto' }],
    },
  });
  expect(channels['orders.total.reply'].address).toBeNull();
  expect(channels['orders.total'].messages.OrderDtos.payload).toEqual({
    type: 'array',
    items: { $ref: '#/components/schemas/OrderDto' },
  });
  const { channel, reply } = operations['OrdersController.category'];
  const id = channel.$ref.slice('#/channels/'.length);
  expect(channels[id].address).toBe('{"cmd":"category"}');
  expect(channels[`${id}.reply`].messages.String.payload).toEqual({ type: 'string' });
  expect(reply?.messages).toEqual([{ $ref: `#/channels/${id}.reply/messages/String` }]);
});

it('wildcards are parameters of the address', async () => {
  const { channels, operations } = await documentOf(OrdersModule);
  expect(channels['orders.token1']).toMatchObject({
    address: 'orders.{token1}',
    parameters: { token1: { description: expect.stringContaining('one token') } },
    'x-pochta': { filter: 'orders.*' },
  });
  expect(operations['OrdersController.audit']['x-pochta']).toEqual({
    group: 'audit',
    deadLetterTopic: 'orders.{token1}.dead',
  });
  expect(channels['sensors.rest']).toMatchObject({
    address: 'sensors.{rest}',
    parameters: { rest: { description: expect.stringContaining('One or more tokens') } },
  });
  expect(channels['meters.token1.daily.token2'].address).toBe('meters.{token1}.daily.{token2}');
  expect(operations['OrdersController.measured']).toMatchObject({
    'x-pochta': { broadcast: true, from: 'new' },
  });
  expect(operations['OrdersController.measured-2'].channel.$ref).toBe(
    '#/channels/meters.token1.daily.token2',
  );
});

it('leaves out what another transport gets', async () => {
  const { channels } = await documentOf(OrdersModule);
  expect(Object.keys(channels)).not.toContain('elsewhere');
});

it('schemas know nested, inherited and optional fields, arrays, enums, and classes that name themselves', async () => {
  const { schemas } = (await documentOf(OrdersModule)).components;
  expect(schemas.OrderDto).toEqual({
    type: 'object',
    properties: {
      at: { type: 'string', format: 'date-time' },
      note: { type: 'string' },
      id: { type: 'integer' },
      total: { type: 'number' },
      currency: { type: 'string', enum: ['EUR', 'USD'] },
      urgency: { type: 'number', enum: [0, 1] },
      items: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/ItemDto' } },
      tags: { type: 'array', items: { type: 'string' } },
      gift: { $ref: '#/components/schemas/ItemDto' },
    },
    required: expect.arrayContaining(['at', 'id', 'total', 'currency', 'items', 'tags', 'gift']),
  });
  expect(schemas.OrderDto.required).toHaveLength(7);
  const self = { $ref: '#/components/schemas/CategoryDto' };
  expect(schemas.CategoryDto).toMatchObject({
    properties: { parent: self, children: { type: 'array', items: self } },
    required: ['name', 'children'],
  });
});

it('two classes of one name have a schema each', async () => {
  const other = (() => {
    class OrderDto {
      @IsString() name!: string;
    }
    return OrderDto;
  })();
  @Controller()
  class OtherController {
    @EventPattern<string>('other')
    other(@Payload() _order: InstanceType<typeof other>): void {}
  }
  Reflect.defineMetadata('design:paramtypes', [other], OtherController.prototype, 'other');
  @Module({ imports: [OrdersModule], controllers: [OtherController] })
  class BothModule {}
  const { channels, components } = await documentOf(BothModule);
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['OrderDto', 'OrderDto-2']));
  const refs = ['orders.created', 'other'].map((id) => Object.values(channels[id].messages)[0].payload?.$ref);
  expect(new Set(refs).size).toBe(2);
});

describe('topics that an app publishes to', () => {
  it('are sent to, with their descriptions, policies and content types', async () => {
    const orders = defineTopic('orders.created', OrderDto, {
      description: 'Orders that were placed.',
      policy: { maxMessages: 10_000 },
      codec: { contentType: 'application/msgpack', encode: () => Buffer.alloc(0), decode: () => undefined },
    });
    const document = await documentOf(featureModule(orders));
    expect(document.operations['orders.created.send']).toEqual({
      action: 'send',
      channel: { $ref: '#/channels/orders.created' },
      messages: [{ $ref: '#/channels/orders.created/messages/OrderDto' }],
    });
    expect(document.channels['orders.created']).toMatchObject({
      description: 'Orders that were placed.',
      messages: { OrderDto: { contentType: 'application/msgpack' } },
      'x-pochta': { policy: { maxMessages: 10_000 } },
    });
    expect((await complaints(document)).filter(({ severity }) => severity <= 1)).toEqual([]);
  });

  it('have their placeholders filled in, or as parameters', async () => {
    const module = featureModule(defineTopic('${region}.orders'));
    const { channels } = await documentOf(module);
    expect(channels['region.orders']).toMatchObject({
      address: '{region}.orders',
      parameters: { region: {} },
    });
    const filled = await previewAsyncApiDocument(module, { ...INFO, names: { region: 'eu' } });
    expect(Object.keys(filled.channels)).toEqual(['eu.orders']);
    expect(filled.channels['eu.orders'].parameters).toBeUndefined();
  });
});

it('knows handlers of @Subscribe, and the definitions they name', async () => {
  const orders = defineTopic('orders.placed', OrderDto, { policy: { deadLetterTopic: 'orders.lost' } });
  @Controller()
  class BatchController {
    @Subscribe(orders, { group: 'stock', batch: { size: 100 } })
    placed(@Payload() _orders: OrderDto[]): void {}
  }
  @Module({ controllers: [BatchController] })
  class BatchModule {}
  const { channels, operations } = await documentOf(BatchModule);
  expect(operations['BatchController.placed']['x-pochta']).toEqual({
    group: 'stock',
    batch: { size: 100 },
    deadLetterTopic: 'orders.lost',
  });
  expect(Object.keys(channels['orders.placed'].messages)).toEqual(['OrderDto']);
});

it('knows that a dead-letter topic has no dead letters of its own', async () => {
  @Controller()
  class DeadController {
    @Subscribe('orders.dead', { group: 'repair' })
    dead(): void {}
  }
  @Module({ controllers: [DeadController] })
  class DeadModule {}
  const { operations } = await documentOf(DeadModule);
  expect(operations['DeadController.dead']['x-pochta']).toEqual({ group: 'repair' });
});

it('the group of handlers that name none is as the options say', async () => {
  @Controller()
  class PlainController {
    @EventPattern<string>('plain')
    plain(): void {}
  }
  @Module({ controllers: [PlainController] })
  class PlainModule {}
  const { operations } = await previewAsyncApiDocument(PlainModule, { ...INFO, group: 'shop' });
  expect(operations['PlainController.plain']).toMatchObject({ 'x-pochta': { group: 'shop' } });
});

it.each([
  ['/asyncapi.json', 'application/json', (text: string) => JSON.parse(text) as unknown],
  ['/asyncapi.yaml', 'application/yaml', (text: string) => parse(text) as unknown],
])('is served at %s over the HTTP of the app', async (path, type, read) => {
  const nest = await appOf(OrdersModule);
  nest.setGlobalPrefix('api');
  const document = PochtaAsyncApi.createDocument(nest, INFO);
  PochtaAsyncApi.setup(nest, path, document);
  await nest.listen(0, '127.0.0.1');
  const response = await fetch(`${await nest.getUrl()}${path}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain(type);
  expect(read(await response.text())).toEqual(JSON.parse(JSON.stringify(document)));
});
