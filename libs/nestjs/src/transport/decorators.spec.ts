import { Controller, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { collector, type Logged } from '../../fixtures/logged';
import { closeLater, connectTo, prepareService, startService, stopServices } from '../../fixtures/service';
import { PochtaModule } from '../module/pochta.module';
import { connectPochta, type ConnectPochtaOptions } from './connect-pochta';
import type { PochtaServerOptions } from './pochta-server-options';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

async function mistakesOf(controllers: Type[], options: PochtaServerOptions = {}): Promise<string[]> {
  const { listen } = await prepareService({ port: 1 }, controllers, options);
  const error: unknown = await listen().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  return (error as Error).message.split('\n');
}

describe('A method with two patterns', () => {
  it('fails at start-up, whichever of them Nest keeps', async () => {
    @Controller()
    class Twofold {
      @Subscribe('a') @Subscribe('b') twice(): void {}
      @MessagePattern('c') @Subscribe('d') requestFirst(): void {}
      @Subscribe('e') @MessagePattern('f') requestLast(): void {}
      @EventPattern<string>('g') @Subscribe('h') eventFirst(): void {}
      @Subscribe('i') fine(): void {}
    }
    const mistakes = await mistakesOf([Twofold], { group: 'g' });
    const beside =
      ': the method has another pattern beside it, and Nest keeps one only: give each a method of its own';
    expect(mistakes.sort()).toEqual([
      `@Subscribe('a') on Twofold.twice${beside}`,
      `@Subscribe('d') on Twofold.requestFirst${beside}`,
      `@Subscribe('e') on Twofold.requestLast${beside}`,
      `@Subscribe('h') on Twofold.eventFirst${beside}`,
    ]);
  });
});

describe('A handler of several topics', () => {
  it('gets the messages of all of them, by @Subscribe as by @EventPattern', async () => {
    const broker = await startBroker();
    const heard: string[] = [];
    @Controller()
    class Several {
      @Subscribe(['orders.*', 'refunds'], { group: 'one' }) one(@Payload() topic: string): void {
        heard.push(`one ${topic}`);
      }
      @EventPattern(['orders.new', 'refunds'], { group: 'two' }) two(@Payload() topic: string): void {
        heard.push(`two ${topic}`);
      }
    }
    await startService(broker, [Several]);
    const client = await connectTo(broker);
    for (const topic of ['orders.new', 'refunds']) await client.publish(topic, topic);
    await eventually(() => heard.length === 4);
    expect(heard.sort()).toEqual(['one orders.new', 'one refunds', 'two orders.new', 'two refunds']);
  });

  it('may not name a topic twice in one group', async () => {
    @Controller()
    class Overlapping {
      @Subscribe(['orders.*', 'orders.new'], { group: 'g' }) on(): void {}
    }
    expect(await mistakesOf([Overlapping])).toEqual([
      "@Subscribe(['orders.*', 'orders.new']) on Overlapping.on: the group g would share the messages of 'orders.*' " +
        "and 'orders.new' among both; give one another group",
    ]);
  });
});

describe('Options that cannot be meant', () => {
  it('are refused when all of them are misspelt', async () => {
    @Controller()
    class Misspelt {
      @EventPattern<string>('a', { concurency: 1, maxDeliverys: 2 }) on(): void {}
      @EventPattern<string>('b', { qos: 1, retain: true }) other(): void {}
    }
    expect(await mistakesOf([Misspelt], { group: 'g' })).toEqual([
      "@EventPattern('a'): concurency is not a setting; did you mean concurrency?",
      "@EventPattern('a'): maxDeliverys is not a setting; did you mean maxDeliveries?",
    ]);
  });

  it('are refused by connectPochta too', async () => {
    const app = await NestFactory.create(PochtaModule.forRoot(), { logger: false });
    const options = { group: 'g', prefech: 3 } as ConnectPochtaOptions;
    expect(() => connectPochta(app, options)).toThrow('prefech: is not a setting; did you mean prefetch?');
    await app.close();
  });

  it('are in the one list of mistakes: a backoff that ends before it begins', async () => {
    @Controller()
    class Backwards {
      @Subscribe('a', { group: 'g', backoff: { min: 5000, max: 10 } }) on(): void {}
      @Subscribe('b') noGroup(): void {}
    }
    const mistakes = await mistakesOf([Backwards]);
    expect(mistakes[0]).toBe(
      "@Subscribe('a') on Backwards.on: backoff.min 5000 must not be above backoff.max 10",
    );
    expect(mistakes).toHaveLength(2);
  });
});

describe('What a service says at its start', () => {
  @Controller()
  class Billing {
    @Subscribe('orders.*', { group: 'billing' }) onOrder(): void {}
    @Subscribe('prices', { broadcast: true }) onPrice(): void {}
    @EventPattern<string>('refunds', { group: 'refunds' }) onRefund(): void {}
    @MessagePattern('sum') sum(): void {}
  }

  async function hybrid(port: number, controllers: Type[] = [Billing]) {
    const logged: Logged[] = [];
    const root = PochtaModule.forRoot({ host: '127.0.0.1', port });
    const app = await NestFactory.create(
      { module: class AppModule {}, imports: [root], controllers },
      { logger: collector(logged), abortOnError: false },
    );
    closeLater(() => app.close());
    return { app, logged };
  }

  it('is which method gets which topic, and as which group', async () => {
    const broker = await startBroker();
    const { app, logged } = await hybrid(broker.port);
    connectPochta(app);
    await app.startAllMicroservices();
    const lines = logged.filter(({ context }) => context === 'PochtaServer').map(({ message }) => message);
    expect(lines).toEqual([
      "@Subscribe('orders.*') on Billing.onOrder gets {orders.*, group billing}",
      "@Subscribe('prices') on Billing.onPrice gets {prices, broadcast}",
      "@EventPattern('refunds') on Billing.onRefund gets {refunds, group refunds}",
      "@MessagePattern('sum') on Billing.sum answers {sum}",
    ]);
  });

  it('names class and method also where @EventPattern and @MessagePattern are wrong', async () => {
    @Controller()
    class Wrong {
      @EventPattern<string>('a') noGroup(): void {}
      @MessagePattern('h.*') request(): void {}
    }
    const { app } = await hybrid(1, [Wrong]);
    connectPochta(app);
    const error: unknown = await app.startAllMicroservices().catch((thrown: unknown) => thrown);
    const { message } = error as Error;
    expect(message).toContain("@EventPattern('a') on Wrong.noGroup: has no consumer group");
    expect(message).toContain("@MessagePattern('h.*') on Wrong.request: the topic must not contain");
  });

  describe('of handlers that no transport has', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
    afterEach(() => jest.useRealTimers());

    const warnings = (logged: readonly Logged[]) =>
      logged.filter(({ level }) => level === 'warn').map(({ message }) => String(message));

    it('is that they get nothing', async () => {
      @Controller()
      class Forgotten {
        @Subscribe('orders', { group: 'g' }) onOrder(): void {}
      }
      const { app, logged } = await hybrid(1, [Forgotten]);
      connectPochta(app);
      await app.init();
      jest.advanceTimersByTime(4999);
      expect(warnings(logged)).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(warnings(logged)).toEqual([
        expect.stringMatching(
          /^No message gets to @Subscribe\('orders'\) on Forgotten.onOrder: no PochtaServer listens .*startAllMicroservices/,
        ),
      ]);
    });

    it('is nothing once the app has closed', async () => {
      @Controller()
      class Closed {
        @Subscribe('orders', { group: 'g' }) onOrder(): void {}
      }
      const { app, logged } = await hybrid(1, [Closed]);
      await app.init();
      await app.close();
      jest.advanceTimersByTime(5000);
      expect(warnings(logged)).toEqual([]);
    });
  });

  it('is no warning when the transport starts after the app', async () => {
    const broker = await startBroker();
    @Controller()
    class Late {
      @Subscribe('orders', { group: 'g' }) onOrder(): void {}
    }
    const { app, logged } = await hybrid(broker.port, [Late]);
    const timers = jest.spyOn(global, 'setTimeout');
    await app.init();
    const [tell] = timers.mock.calls.find(([, ms]) => ms === 5000)!;
    timers.mockRestore();
    connectPochta(app);
    await app.startAllMicroservices();
    tell();
    expect(logged.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
