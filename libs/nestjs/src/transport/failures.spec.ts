import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpException,
  UseGuards,
} from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { ResponderError } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import { eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { throwError } from 'rxjs';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { PochtaTerminate } from './outcomes';
import type { PochtaContext } from './pochta-context';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

const GROUP = { group: 'g', backoff: { min: 1, max: 2 }, maxDeliveries: 2 };

/** The payloads that became dead letters, in their order. */
async function deadLetters(broker: { readonly port: number }, topic: string): Promise<unknown[]> {
  const dead: unknown[] = [];
  const client = await connectTo(broker);
  await client.subscribe(`${topic}.dead`, { onMessage: ({ value }) => void dead.push(value) });
  return dead;
}

class Unreadable extends Error {
  override get message(): string {
    throw new Error('cannot be read');
  }
}

const UNREADABLE: Record<string, () => unknown> = {
  error: () => new Unreadable(),
  object: () => ({
    get retriable(): boolean {
      throw new Error('cannot be read');
    },
  }),
  rpcException: () => new RpcException(new Unreadable()),
  withoutResponse: () => new HttpException(undefined as never, 400),
  nullResponse: () => new HttpException(null as never, 422),
  withoutPrototype: () => new PochtaTerminate(Object.create(null) as never),
  proxy: () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('cannot be read');
        },
        getPrototypeOf: () => {
          throw new Error('cannot be read');
        },
      },
    ),
};

function bomb(kind: string): never {
  throw UNREADABLE[kind]();
}

@Controller()
class Sync {
  @Subscribe('any', GROUP) on(@Payload() kind: string): void {
    bomb(kind);
  }
}

@Controller()
class Async {
  @EventPattern<string>('any', GROUP) async on(@Payload() kind: string): Promise<void> {
    await Promise.resolve();
    bomb(kind);
  }
}

@Controller()
class Streaming {
  @Subscribe('any', GROUP) on(@Payload() kind: string): unknown {
    return throwError(() => UNREADABLE[kind]());
  }
}

@Controller()
class Batches {
  @Subscribe('any', { ...GROUP, batch: { size: 1 } }) on(@Payload() [kind]: string[]): void {
    bomb(kind);
  }
}

describe('An exception that cannot be read', () => {
  it.each([Sync, Async, Streaming, Batches])('costs no message and no process: %p', async (controller) => {
    const broker = await startBroker();
    const { strategy } = await startService(broker, [controller]);
    const dead = await deadLetters(broker, 'any');
    const kinds = Object.keys(UNREADABLE);
    await (await connectTo(broker)).publishMany('any', kinds);
    await eventually(() => dead.length === kinds.length);
    expect(dead.sort()).toEqual(kinds.sort());
    expect(strategy.counts[0].handled).toBe(0);
  });

  it('may be one of looking at what the handler gave', async () => {
    const broker = await startBroker();
    @Controller()
    class Odd {
      @EventPattern<string>('odd', GROUP) on(): unknown {
        return {
          get lift(): unknown {
            throw new Error('cannot be read');
          },
        };
      }
    }
    await startService(broker, [Odd]);
    const dead = await deadLetters(broker, 'odd');
    await (await connectTo(broker)).publish('odd', 1);
    await eventually(() => dead.length === 1);
  });
});

describe('A requester', () => {
  it('is told of an exception that cannot be read, or has a code that does not fit, as of any other', async () => {
    const broker = await startBroker();
    const thrown: Record<string, () => unknown> = {
      ...UNREADABLE,
      rpcOfUnreadable: () => new RpcException(UNREADABLE['object']() as object),
      longCode: () => new RpcException(new ResponderError('x'.repeat(1000), 'm')),
      emptyCode: () => new RpcException(new ResponderError('', 'm')),
    };
    @Controller()
    class Answering {
      @MessagePattern('asked') answer(@Payload() kind: string): unknown {
        throw thrown[kind]();
      }
      @MessagePattern('streamed') stream(@Payload() kind: string): unknown {
        return throwError(() => thrown[kind]());
      }
    }
    await startService(broker, [Answering]);
    const client = await connectTo(broker);
    for (const topic of ['asked', 'streamed'])
      for (const kind of Object.keys(thrown))
        await expect(client.request(topic, kind)).rejects.toMatchObject({ code: 'REQUEST_FAILED' });
  });
});

describe('The log line of a failure', () => {
  it('is one line, whatever the message holds', async () => {
    const broker = await startBroker();
    @Controller()
    class Failing {
      @Subscribe('t', GROUP) on(@Payload() name: string): void {
        throw new PochtaTerminate(`no customer ${name}`);
      }
    }
    const { texts } = await startService(broker, [Failing]);
    const client = await connectTo(broker);
    await client.publish('t', 'x\r\n[Nest] LOG admin logged in \u001b[2K\u202e');
    await eventually(() => texts('error').length === 1);
    expect(texts('error')[0]).toContain(
      'x\\u000d\\u000a[Nest] LOG admin logged in \\u001b[2K\\u202e; it is a dead',
    );
  });
});

describe('A failure of something that the handler calls', () => {
  it.each<[string, () => unknown]>([
    ['an error of a request', () => errorFor('REQUEST_FAILED', 'deadlock, try again')],
    ['an unknown outcome', () => errorFor('OUTCOME_UNKNOWN')],
    ['an error of another library', () => Object.assign(new Error('busy'), { retriable: false })],
    ['what the exception of another service said', () => ({ retriable: false, message: 'busy' })],
    ['an error in an RpcException', () => new RpcException(errorFor('REQUEST_FAILED', 'busy'))],
  ])('lets the message come again, whatever it says of retries: %s', async (_name, make) => {
    const broker = await startBroker();
    const times = { subscribe: 0, event: 0 };
    const once = (kind: keyof typeof times): void => {
      if (++times[kind] === 1) throw make();
    };
    @Controller()
    class Calling {
      @Subscribe('orders', GROUP) onOrder(): void {
        once('subscribe');
      }
      @EventPattern<string>('events', GROUP) onEvent(): void {
        once('event');
      }
    }
    const { strategy } = await startService(broker, [Calling]);
    const client = await connectTo(broker);
    await client.publish('orders', 1);
    await client.publish('events', 1);
    await eventually(() => strategy.counts.every(({ handled }) => handled === 1));
    expect(times).toEqual({ subscribe: 2, event: 2 });
    expect(strategy.counts).toMatchObject([{ terminated: 0 }, { terminated: 0 }]);
  });
});

/** Has the broker's storage refuse the first settlement of that kind. */
function refuseFirst(broker: StartedBroker, verb: 'nack' | 'terminate'): void {
  const { store } = broker.server.broker;
  const openGroup = store.openGroup.bind(store);
  let refused = false;
  store.openGroup = async (...args) => {
    const group = await openGroup(...args);
    const join = group.join.bind(group);
    group.join = (listener) => {
      const member = join(listener);
      const settle = member[verb].bind(member) as (...args: unknown[]) => Promise<void>;
      member[verb] = (...args: unknown[]) => {
        if (refused) return settle(...args);
        refused = true;
        return Promise.reject(errorFor('STORAGE_FULL'));
      };
      return member;
    };
    return group;
  };
}

describe('A settlement that the broker refuses', () => {
  it.each([
    ['nack', () => new Error('transient')],
    ['terminate', () => new PochtaTerminate('never')],
  ] as const)('is logged, and the message comes again after its ack deadline: %s', async (verb, make) => {
    const counts: number[] = [];
    const broker = await startBroker();
    refuseFirst(broker, verb);
    @Controller()
    class Failing {
      @Subscribe('t', { ...GROUP, maxDeliveries: 9, ackDeadline: 60 }) on(
        @Ctx() context: PochtaContext,
      ): void {
        counts.push(context.deliveryCount);
        if (counts.length === 1) throw make();
      }
    }
    const { strategy, texts } = await startService(broker, [Failing]);
    await (await connectTo(broker)).publish('t', 1);
    await eventually(() => strategy.counts[0].handled === 1);
    expect(counts).toEqual([1, 2]);
    expect(texts('warn')).toContainEqual(
      expect.stringMatching(new RegExp(`${verb} of t 1: .*STORAGE_FULL.* after its ack deadline`)),
    );
  });
});

describe('Counts and log lines', () => {
  it('say what the handler did with the message itself', async () => {
    const broker = await startBroker();
    @Controller()
    class Manual {
      @Subscribe('t', GROUP) async on(@Payload() kind: string, @Ctx() context: PochtaContext): Promise<void> {
        if (context.deliveryCount > 1) return;
        if (kind === 'nack') await context.nack(1);
        if (kind === 'terminate') await context.terminate('no');
        if (kind !== 'ack, then throw') return;
        await context.ack();
        throw new Error('too late');
      }
    }
    const { strategy, texts } = await startService(broker, [Manual]);
    const client = await connectTo(broker);
    await client.publishMany('t', ['nack', 'terminate', 'ack, then throw']);
    await eventually(() => strategy.counts[0].handled === 1 && strategy.counts[0].failed === 3);
    expect(strategy.counts[0]).toMatchObject({ retried: 1, terminated: 1 });
    expect(texts('error')).toContainEqual(
      expect.stringContaining('too late; the handler has acked it before'),
    );
  });
});

describe('Handlers that fail at the same time', () => {
  it('decide each on its own message, whether they wait or not, and a guard on none', async () => {
    const broker = await startBroker();
    const times = new Map<number, number>();
    class Pass implements CanActivate {
      canActivate(execution: ExecutionContext): boolean {
        const n = execution.switchToRpc().getData<number>();
        times.set(n, (times.get(n) ?? 0) + 1);
        // Were it the handler's, the message would be one that can never be handled.
        if (n % 5 === 0 && times.get(n) === 1) throw new HttpException(`not yet ${n}`, 422);
        return true;
      }
    }
    @Controller()
    class Failing {
      @UseGuards(new Pass())
      @Subscribe('t', { ...GROUP, concurrency: 20, maxDeliveries: 5 })
      async on(@Payload() n: number): Promise<void> {
        if (n % 3 !== 0) await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
        if (n % 2 === 0) throw new HttpException(`never ${n}`, 422);
        if (times.get(n)! < 3) throw new Error(`again ${n}`);
      }
    }
    const { strategy } = await startService(broker, [Failing]);
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const dead: [number, string][] = [];
    const client = await connectTo(broker);
    await client.subscribe('t.dead', {
      onMessage: ({ value, headers }) => void dead.push([value as number, JSON.stringify(headers)]),
    });
    await client.publishMany('t', numbers);
    await eventually(() => dead.length === 20 && strategy.counts[0].handled === 20);
    for (const [n, headers] of dead) expect(headers).toContain(`never ${n}"`);
    expect(numbers.map((n) => times.get(n))).toEqual(
      numbers.map((n) => (n % 2 === 1 ? 3 : n % 5 === 0 ? 2 : 1)),
    );
  });
});
