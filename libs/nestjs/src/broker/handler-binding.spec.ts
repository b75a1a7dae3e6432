import { BadRequestException, Controller, Module, type PipeTransform, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { PochtaError, type TopicPolicy } from '@pochta/protocol';
import { eventually, FakePeer } from '@pochta/testing';
import type { PochtaServer } from '@pochta/server';
import { IsNumber } from 'class-validator';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { PochtaBrokerStrategy } from './pochta-broker-strategy';
import { Topic } from './topic.decorator';

class Price {
  @IsNumber() price!: number;
}

afterEach(stopOwnBrokers);

/** The text with which an app with these controllers refuses to start. */
async function refusal(...controllers: (new () => object)[]): Promise<string> {
  try {
    await startOwnBroker(controllers);
  } catch (error) {
    expect(error).toBeInstanceOf(PochtaError);
    expect((error as PochtaError).code).toBe('INVALID_CONFIG');
    return (error as PochtaError).message;
  }
  throw new Error('the app started');
}

describe('handlers that cannot be bound', () => {
  it('refuses two @Topic on one name, and names both places', async () => {
    @Controller()
    class First {
      @Topic('prices') store(): void {}
    }
    @Controller()
    class Second {
      @Topic('prices') check(): void {}
    }
    const text = await refusal(First, Second);
    expect(text).toBe(
      "@Topic('prices') is on two methods, First.store and Second.check: a topic has one handler",
    );
  });

  it('refuses a pattern that is bound twice', async () => {
    @Controller()
    class Twice {
      @EventPattern<string>('a.*') first(): void {}
      @EventPattern<string>('a.*') second(): void {}
      @MessagePattern('b') third(): void {}
      @MessagePattern('b') fourth(): void {}
    }
    expect((await refusal(Twice)).split('\n')).toEqual([
      "@EventPattern('a.*') is on two methods of the app: only one could hear it",
      "@MessagePattern('b') is on two methods of the app: only one could hear it",
    ]);
  });

  it('refuses names and filters that cannot be, and lists them all', async () => {
    @Controller()
    class Names {
      @Topic('orders.*') filter(): void {}
      @Topic('two words') words(): void {}
      @Topic('') none(): void {}
      @Topic('$mine') reserved(): void {}
      @EventPattern<string>('a.>.b') event(): void {}
      @MessagePattern('a.*') request(): void {}
    }
    expect((await refusal(Names)).split('\n')).toEqual([
      "@Topic('orders.*') on Names.filter: the name must name one topic, not a filter: react to many with @EventPattern",
      "@Topic('two words') on Names.words: the name must not contain white space or control characters",
      "@Topic('') on Names.none: the name must be 1 to 255 bytes long",
      "@Topic('$mine') on Names.reserved: the name must not begin with $, which is reserved",
      "@EventPattern('a.>.b'): the topic or filter must have > as its last token only",
      "@MessagePattern('a.*'): the topic must not contain * or >",
    ]);
  });

  it('refuses @Topic beside another pattern on one method, since Nest would keep one of them', async () => {
    @Controller()
    class Crowded {
      @Topic('a') @Topic('b') twice(): void {}
      @Topic('c') @MessagePattern('d') above(): void {}
      @EventPattern<string>('e') @Topic('f') below(): void {}
    }
    expect((await refusal(Crowded)).split('\n')).toEqual(
      ['twice', 'above', 'below'].map(
        (method) => `Crowded.${method} has @Topic and another pattern: give each a method of its own`,
      ),
    );
  });

  it('refuses a bad policy, by its field', async () => {
    const policy = { maxMesages: 5, maxBytes: -1, overflow: 'drop' } as unknown as TopicPolicy;
    @Controller()
    class Policies {
      @Topic('prices', policy) store(): void {}
    }
    const lines = (await refusal(Policies)).split('\n');
    const place = "@Topic('prices') on Policies.store";
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`${place}: maxMesages: is not a setting; did you mean maxMessages?`);
    expect(lines[1]).toMatch(/maxBytes: -1 must be/);
    expect(lines[2]).toMatch(/overflow: "drop" must be/);
  });

  it('lets a topic, a subscriber and a responder share a name', async () => {
    @Controller()
    class Shared {
      @Topic('shared') store(): void {}
      @EventPattern<string>('shared') hear(): void {}
      @MessagePattern('shared') answer(): string {
        return 'yes';
      }
    }
    const { peer } = await startOwnBroker([Shared]);
    expect(await peer.ask({ action: 'request', topic: 'shared', message: null })).toMatchObject({
      message: 'yes',
    });
  });
});

describe("a decorated topic's policy", () => {
  const policyOf = (server: PochtaServer, topic: string) => server.broker.store.describe(topic)?.policy;

  @Controller()
  class Prices {
    @Topic('prices.eu', { maxMessages: 7, overflow: 'drop-oldest' }) store(): void {}
    @Topic('prices.us') bare(): void {}
  }

  it('exists from the start, on top of the defaults', async () => {
    const { server } = await startOwnBroker([Prices], { defaults: { maxBytes: 5000, maxMessages: 50 } });
    expect(policyOf(server, 'prices.eu')).toMatchObject({
      maxMessages: 7,
      maxBytes: 5000,
      overflow: 'drop-oldest',
    });
    expect(policyOf(server, 'prices.us')).toMatchObject({
      maxMessages: 50,
      maxBytes: 5000,
      overflow: 'reject',
    });
  });

  it('gives way to what is configured for the topic by its name, and not to filters', async () => {
    const { server } = await startOwnBroker([Prices], {
      topics: {
        '*.eu': { maxMessages: 1, maxBytes: 10 },
        '*.us': { maxMessages: 2 },
        'prices.eu': { overflow: 'reject' },
      },
    });
    expect(policyOf(server, 'prices.eu')).toMatchObject({ maxMessages: 7, maxBytes: 10, overflow: 'reject' });
    expect(policyOf(server, 'prices.us')).toMatchObject({ maxMessages: 2 });
  });
});

describe("a decorated topic's policy, later", () => {
  @Controller()
  class Prices {
    @Topic('prices', { maxMessages: 7 }) store(): void {}
  }

  it('is brought up to date on a topic that was there already', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pochta-'));
    const { peer } = await startOwnBroker([], { engine: 'lmdb', dataDir });
    await peer.ask({ action: 'publish', topic: 'prices', message: 1 });
    await stopOwnBrokers();
    const { server } = await startOwnBroker([Prices], { engine: 'lmdb', dataDir });
    expect(server.broker.store.describe('prices')?.policy.maxMessages).toBe(7);
    await stopOwnBrokers();
    await rm(dataDir, { recursive: true });
  });
});

describe('the life of the strategy', () => {
  it('says when it listens and when it has stopped', async () => {
    const told: string[] = [];
    const strategy = new PochtaBrokerStrategy({ engine: 'memory', port: 0 });
    strategy.status.subscribe((status) => told.push(status));
    strategy.on('listening', () =>
      told.push(`listening on ${strategy.unwrap<PochtaServer>().addresses.length > 0}`),
    );
    strategy.on('close', () => told.push('closed'));
    await new Promise<void>((resolve) => void strategy.listen(() => resolve()));
    await strategy.close();
    await strategy.close();
    expect(told).toEqual(['connected', 'listening on true', 'disconnected', 'closed']);
  });

  it('fails to listen where it cannot', async () => {
    const { server } = await startOwnBroker([]);
    const { port } = server.addresses[0];
    await expect(startOwnBroker([], { port })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  });

  it('closes without having listened', async () => {
    const strategy = new PochtaBrokerStrategy({ engine: 'memory', port: 0 });
    await strategy.close();
  });
});

describe('a hybrid app', () => {
  it("uses the app's pipes and filters, with inheritAppConfig, and leaves other transports' handlers alone", async () => {
    const heard: unknown[] = [];
    const OTHER = Symbol('another transport');
    @Controller()
    class Mixed {
      @Topic('prices') onPublish(@Payload() _price: Price): void {}
      @EventPattern<string>('prices') onPrice(@Payload() price: unknown): void {
        heard.push(price);
      }
      @MessagePattern<string>('elsewhere', OTHER) elsewhere(): void {}
    }
    @Module({ controllers: [Mixed] })
    class MixedModule {}

    class Double implements PipeTransform {
      transform = (value: { price: number }): unknown => {
        if (value.price === 13) throw new BadRequestException('price must not be 13');
        return value;
      };
    }
    const strategy = new PochtaBrokerStrategy({ engine: 'memory', port: 0 });
    const app = await NestFactory.create(MixedModule, { logger: false });
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }), new Double());
    app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: true });
    await app.startAllMicroservices();
    try {
      const { port } = strategy.unwrap<PochtaServer>().addresses[0];
      const peer = await FakePeer.connect({ port });
      const ask = (message: unknown) => peer.ask({ action: 'publish', topic: 'prices', message });
      expect(await ask({ price: 'x' })).toMatchObject({
        code: 'VALIDATION_FAILED',
        message: expect.stringContaining('price must be a number') as string,
      });
      expect(await ask({ price: 13 })).toMatchObject({
        code: 'VALIDATION_FAILED',
        message: 'price must not be 13',
      });
      expect(await ask({ price: 1, extra: true })).toMatchObject({ status: 'success' });
      await eventually(() => heard.length === 1);
      expect(await peer.ask({ action: 'request', topic: 'elsewhere', message: 1 })).toMatchObject({
        code: 'NO_RESPONDERS',
      });
      await peer.close();
    } finally {
      await app.close();
    }
  });
});
