import {
  Controller,
  Injectable,
  type LoggerService,
  Module,
  type ModuleMetadata,
  type OnModuleDestroy,
} from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test, type TestingModule } from '@nestjs/testing';
import { Administration } from '@pochta/broker-core';
import { connect } from '@pochta/client';
import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { IsInt } from 'class-validator';
import { firstValueFrom } from 'rxjs';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { TopicPublisher } from '../client/topic-publisher';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import {
  getConnectionToken,
  getPochtaToken,
  getTopicToken,
  InjectPochta,
  InjectPochtaConnection,
  InjectTopic,
} from '../connections/tokens';
import { defineTopic } from '../topics/define-topic';
import { PochtaServer } from '../transport/pochta-server';
import type { PochtaOptionsFactory } from './module-options';
import { PochtaModule } from './pochta.module';

class OrderDto {
  @IsInt() id!: number;
}

const orders = defineTopic('orders', OrderDto, { policy: { maxMessages: 5 } });
const reconnect = { initialDelay: 5, maxDelay: 5 };

let broker: StartedBroker;
let logged: string[];
const apps: TestingModule[] = [];

beforeEach(async () => {
  broker = await startBroker();
  logged = [];
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await cleanUp();
});

const logger = (): LoggerService => {
  const write = (level: string) => (text: unknown) => void logged.push(`${level} ${String(text)}`);
  return { log: write('log'), warn: write('warn'), error: write('error') };
};

async function start(metadata: ModuleMetadata): Promise<TestingModule> {
  const app = await Test.createTestingModule(metadata).setLogger(logger()).compile();
  await app.init();
  apps.push(app);
  return app;
}

const here = (): PochtaConnectionOptions => ({ port: broker.port, reconnect });
const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown;

async function taken(topic: string): Promise<unknown[]> {
  const peer = await connect({ port: broker.port });
  const values: unknown[] = [];
  for (let value = await peer.get(topic); value !== undefined; value = await peer.get(topic))
    values.push(value);
  await peer.close();
  return values;
}

describe('an app that only publishes', () => {
  @Injectable()
  class Shop implements OnModuleDestroy {
    constructor(
      @InjectPochta() readonly pochta: PochtaClientProxy,
      @InjectPochtaConnection() readonly connection: PochtaConnection,
    ) {}
    onModuleDestroy(): void {
      this.pochta.emit('shop', 'closing');
    }
  }

  it('connects when it first publishes, and closes when all is confirmed', async () => {
    const app = await start({ imports: [PochtaModule.forRoot(here())], providers: [Shop] });
    const shop = app.get(Shop);
    expect(shop.connection.status).toBe('idle');
    await firstValueFrom(shop.pochta.emit('shop', 'open'));
    expect(shop.connection.status).toBe('connected');
    await app.close();
    expect(shop.connection.status).toBe('closed');
    expect(await taken('shop')).toEqual(['open', 'closing']);
  });

  it('starts and closes without a broker', async () => {
    await broker.stop();
    const app = await start({ imports: [PochtaModule.forRoot(here())], providers: [Shop] });
    await expect(firstValueFrom(app.get(Shop).pochta.emit('shop', 1))).rejects.toEqual(
      code('CONNECTION_FAILED'),
    );
    await app.close();
  });
});

describe('options that come later', () => {
  const SETTINGS = 'SETTINGS';
  const settings = () => ({ provide: SETTINGS, useValue: { port: broker.port } });

  @Injectable()
  class Options implements PochtaOptionsFactory {
    createPochtaOptions(): PochtaConnectionOptions {
      return here();
    }
  }

  @Module({ providers: [Options], exports: [Options] })
  class OptionsModule {}

  const publishes = async (app: TestingModule, name?: string) => {
    await firstValueFrom(app.get<PochtaClientProxy>(getPochtaToken(name)).emit('later', 1));
    expect(await taken('later')).toEqual([1]);
  };

  it('come from a factory', async () => {
    @Module({ providers: [settings()], exports: [SETTINGS] })
    class SettingsModule {}
    const useFactory = async ({ port }: { port: number }) => Promise.resolve({ port });
    await publishes(
      await start({
        imports: [PochtaModule.forRootAsync({ imports: [SettingsModule], inject: [SETTINGS], useFactory })],
      }),
    );
  });

  it('come from a class of their own', async () => {
    await publishes(await start({ imports: [PochtaModule.forRootAsync({ useClass: Options })] }));
  });

  it('come from a class that is there, for a connection with a name', async () => {
    const options = { name: 'audit', imports: [OptionsModule], useExisting: Options };
    await publishes(await start({ imports: [PochtaModule.forRootAsync(options)] }), 'audit');
  });

  it('must be there when they come', async () => {
    for (const nothing of [undefined, null] as never[]) {
      const starting = start({ imports: [PochtaModule.forRootAsync({ useFactory: () => nothing })] });
      await expect(starting).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    }
  });

  it('must come from somewhere', () => {
    expect(() => PochtaModule.forRootAsync({})).toThrow(code('INVALID_CONFIG') as never);
  });
});

describe('several connections', () => {
  it('have names, each its own broker', async () => {
    const other = await startBroker();
    @Injectable()
    class Both {
      constructor(
        @InjectPochta() readonly main: PochtaClientProxy,
        @InjectPochta('audit') readonly audit: PochtaClientProxy,
      ) {}
    }
    const audit = { ...here(), port: other.port, name: 'audit' };
    const app = await start({
      imports: [PochtaModule.forRoot(here()), PochtaModule.forRoot(audit)],
      providers: [Both],
    });
    const both = app.get(Both);
    await Promise.all([both.main.publish('who', 'main'), both.audit.publish('who', 'audit')]);
    expect(await taken('who')).toEqual(['main']);
    expect(app.get<PochtaConnection>(getConnectionToken('audit')).name).toBe('audit');
  });

  it('of one name fail at start-up', async () => {
    const starting = start({
      imports: [PochtaModule.forRoot(here()), PochtaModule.forRoot({ ...here(), drainTimeout: 1 })],
    });
    await expect(starting).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('2 Pochta connections named default') as string,
    });
  });
});

it('fails at start-up for options that are wrong', async () => {
  const options = { prot: 1 } as PochtaConnectionOptions;
  await expect(start({ imports: [PochtaModule.forRoot(options)] })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('did you mean port?') as string,
  });
});

it('is global unless it is told otherwise', async () => {
  @Injectable()
  class Inner {
    constructor(@InjectPochta() readonly pochta: PochtaClientProxy) {}
  }
  @Module({ providers: [Inner] })
  class InnerModule {}
  const app = await start({ imports: [PochtaModule.forRoot(here()), InnerModule] });
  expect(app.get(Inner).pochta).toBeInstanceOf(PochtaClientProxy);
  const closed = start({ imports: [PochtaModule.forRoot({ ...here(), isGlobal: false }), InnerModule] });
  await expect(closed).rejects.toThrow(/can't resolve dependencies/);
});

const topicsOf = ({ broker: core }: StartedBroker['server']) => new Administration(core).topics;

describe('the topics of a feature', () => {
  @Injectable()
  class Checkout {
    constructor(@InjectTopic(orders) readonly orders: TopicPublisher<OrderDto>) {}
  }
  const feature = (options: PochtaConnectionOptions): ModuleMetadata => ({
    imports: [PochtaModule.forRoot({ ...here(), ...options }), PochtaModule.forFeature([orders])],
    providers: [Checkout],
  });

  it('must be definitions: what only looks like one is refused at once', () => {
    const plain = { name: 'orders', payload: undefined };
    expect(() => PochtaModule.forFeature([orders, plain])).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringMatching(/"orders"/) as string,
      }),
    );
  });

  it('have publishers that check what they are given', async () => {
    const app = await start(feature({}));
    const { orders: publisher } = app.get(Checkout);
    await publisher.publish({ id: 1 });
    await publisher.publishMany([{ id: 2 }, { id: 3 }]);
    await expect(publisher.publish({ id: 'x' as never })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'id',
    });
    await expect(publisher.publishMany([{ id: 4 }, { id: 'x' as never }])).rejects.toMatchObject({
      failures: [{ index: 1, error: { code: 'VALIDATION_FAILED' } }],
    });
    await expect(publisher.request({ id: 1 })).rejects.toEqual(code('NO_RESPONDERS'));
    expect(await taken('orders')).toEqual([1, 2, 3, 4].map((id) => ({ id })));
    expect(app.get(getTopicToken('orders'))).toBe(publisher);
  });

  it('are created with their policy when the app starts', async () => {
    const { port, server } = await startBroker({ administration: true });
    await start(feature({ port }));
    expect(topicsOf(server).info('orders').policy).toMatchObject({ maxMessages: 5, overflow: 'reject' });
  });

  it('are updated when they are there, and what the definition leaves out stays', async () => {
    const { port, server } = await startBroker({ administration: true });
    await topicsOf(server).create('orders', { maxMessages: 7, overflow: 'drop-oldest' });
    await start(feature({ port }));
    const { policy } = topicsOf(server).info('orders');
    expect(policy).toMatchObject({ maxMessages: 5, overflow: 'drop-oldest' });
  });

  it('are declared once there is a broker, before anything is published', async () => {
    const administered = await startBroker({ administration: true });
    const { port } = administered;
    await administered.server.stop();
    const { orders: publisher } = (await start(feature({ port }))).get(Checkout);
    expect(logged).toContainEqual(expect.stringMatching(`^warn .*localhost:${port} cannot be reached`));
    await administered.restart();
    await eventually(async () => {
      const failure: unknown = await publisher.publish({ id: 1 }).catch((error: unknown) => error);
      return failure === undefined;
    });
    expect(topicsOf(administered.server).info('orders')).toMatchObject({
      messages: 1,
      policy: { maxMessages: 5 },
    });
  });

  it('are told of in the log when the broker refuses them, and the app starts', async () => {
    const { orders: publisher } = (await start(feature({}))).get(Checkout);
    expect(logged).toContainEqual(
      expect.stringMatching(/^warn The topic orders could not be declared: .*NO_RESPONDERS/),
    );
    await publisher.publish({ id: 1 });
  });

  it('are told of under the name of their connection', async () => {
    const contexts: unknown[] = [];
    const ignored = () => undefined;
    const warn = (_text: unknown, context: unknown) => void contexts.push(context);
    const app = await Test.createTestingModule({
      imports: [
        PochtaModule.forRoot({ ...here(), name: 'audit' }),
        PochtaModule.forFeature([orders], 'audit'),
      ],
    })
      .setLogger({ log: ignored, error: ignored, warn })
      .compile();
    apps.push(app);
    await app.init();
    expect(contexts).toEqual(['Pochta audit']);
  });
});

it('still publishes what handlers publish while the app closes', async () => {
  let finish: (() => void) | undefined;
  @Controller()
  class Billing {
    constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}
    @EventPattern('orders')
    async bill(@Payload() order: number): Promise<void> {
      await new Promise<void>((resolve) => (finish = resolve));
      await firstValueFrom(this.pochta.emit('invoices', order));
    }
  }
  const app = await Test.createTestingModule({
    imports: [PochtaModule.forRoot(here())],
    controllers: [Billing],
  })
    .setLogger(logger())
    .compile();
  const service = app.createNestMicroservice({ strategy: new PochtaServer({ ...here(), group: 'billing' }) });
  await service.listen();
  const pochta = service.get<PochtaClientProxy>(getPochtaToken());
  await firstValueFrom(pochta.emit('orders', 42));
  await eventually(() => finish !== undefined);
  const closed = service.close();
  finish?.();
  await closed;
  expect(pochta.connection.status).toBe('closed');
  expect(await taken('invoices')).toEqual([42]);
});
