import { AsyncLocalStorage } from 'node:async_hooks';
import {
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { BaseRpcExceptionFilter, Payload } from '@nestjs/microservices';
import { mergeMap, Observable, throwError, timer } from 'rxjs';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { Topic } from './topic.decorator';

afterEach(stopOwnBrokers);

const COUNT = 40;

/** Some at once, some a little later; not in their order. */
const aWhile = (n: number): Promise<unknown> =>
  n % 3 === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));

const refused = (n: number) => new BadRequestException(`no ${n}`);

@Controller()
class Throwing {
  @Topic('t') onPublish(@Payload() n: number): void {
    throw refused(n);
  }
}

@Controller()
class Waiting {
  @Topic('t') async onPublish(@Payload() n: number): Promise<void> {
    await aWhile(n);
    throw refused(n);
  }
}

@Controller()
class SometimesWaiting {
  @Topic('t') onPublish(@Payload() n: number): unknown {
    if (n % 4 !== 0) throw refused(n);
    return aWhile(n).then(() => Promise.reject(refused(n)));
  }
}

@Controller()
class Observing {
  @Topic('t') onPublish(@Payload() n: number) {
    return timer((n * 7) % 5).pipe(mergeMap(() => throwError(() => refused(n))));
  }
}

/** Handlers that wait for each other. */
@Controller()
class Together {
  private count = 0;
  private release!: () => void;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  @Topic('t') async onPublish(@Payload() n: number): Promise<void> {
    if (++this.count === COUNT) this.release();
    await this.released;
    throw refused(n);
  }
}

class RefuseLater implements CanActivate, PipeTransform, NestInterceptor {
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    return this.transform(execution.switchToRpc().getData<number>());
  }
  async transform(n: number): Promise<never> {
    await aWhile(n);
    throw refused(n);
  }
  intercept(execution: ExecutionContext): Promise<never> {
    return this.transform(execution.switchToRpc().getData<number>());
  }
}

@Controller()
class Guarded {
  @UseGuards(new RefuseLater()) @Topic('t') onPublish(): void {}
}

@Controller()
class Piped {
  @UsePipes(new RefuseLater()) @Topic('t') onPublish(@Payload() _n: number): void {}
}

@Controller()
class Intercepted {
  @UseInterceptors(new RefuseLater()) @Topic('t') onPublish(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  constructor(@Inject(REQUEST) readonly request: unknown) {}
}

@Controller()
class OfRequests {
  constructor(readonly scoped: Scoped) {}
  @Topic('t') async onPublish(@Payload() n: number): Promise<void> {
    await aWhile(n + 1);
    throw refused(n);
  }
}

/** Takes the exception, and then has Nest make of it what it makes of any. */
@Catch(HttpException)
class LateFilter implements ExceptionFilter {
  async catch(exception: HttpException, host: ArgumentsHost): Promise<unknown> {
    await aWhile(host.switchToRpc().getData<number>() + 1);
    return new BaseRpcExceptionFilter().catch(exception, host);
  }
}

@Controller()
@UseFilters(LateFilter)
class LateFiltered {
  @Topic('t') onPublish(@Payload() n: number): void {
    throw refused(n);
  }
}

class PassOn implements NestInterceptor {
  intercept = (_execution: ExecutionContext, next: CallHandler) => next.handle();
}

@Controller()
@UseInterceptors(PassOn)
class Passed {
  @Topic('t') async onPublish(@Payload() n: number): Promise<void> {
    await aWhile(n);
    throw refused(n);
  }
}

describe('publishers that are refused at the same time', () => {
  const controllers: Type[] = [
    Throwing,
    Waiting,
    SometimesWaiting,
    Observing,
    Together,
    Guarded,
    Piped,
    Intercepted,
    OfRequests,
    LateFiltered,
    Passed,
  ];
  it.each(controllers.map((controller) => [controller.name, controller] as const))(
    'read each the text of its own refusal: %s',
    async (_name, controller) => {
      const { peer, connect } = await startOwnBroker([controller], {}, [Scoped]);
      const peers = [peer, await connect()];
      const numbers = Array.from({ length: COUNT }, (_, n) => n);
      for (const n of numbers) peers[n % 2].send({ action: 'publish', topic: 't', message: n, id: n });
      const answers = (await Promise.all(peers.map((each) => each.take(COUNT / 2)))).flat();
      const texts = new Map(answers.map(({ id, message }) => [id, message]));
      expect(texts).toEqual(new Map(numbers.map((n) => [n, `no ${n}`])));
    },
  );

  it('do so behind a handler that is given up and refuses in the end', async () => {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    @Controller()
    class Hanging {
      @Topic('t') async onPublish(@Payload() n: number): Promise<void> {
        if (n === 0) await released;
        throw refused(n);
      }
    }
    const { peer } = await startOwnBroker([Hanging], { handlerTimeout: 20 });
    const publish = async (message: number) => {
      const { code, message: text } = await peer.ask({ action: 'publish', topic: 't', message });
      return `${code}: ${text}`;
    };
    expect(await publish(0)).toContain('HANDLER_FAILED');
    for (const n of [1, 2]) expect(await publish(n)).toBe(`VALIDATION_FAILED: no ${n}`);
    release();
    for (const n of [3, 4]) expect(await publish(n)).toBe(`VALIDATION_FAILED: no ${n}`);
  });
});

it('a handler is not started in the context of the message before it', async () => {
  const storage = new AsyncLocalStorage<number>();
  const seen: unknown[] = [];
  @Controller()
  class Traced {
    @Topic('t') onPublish(@Payload() n: number) {
      seen.push(storage.getStore());
      return new Observable((subscriber) => {
        queueMicrotask(() => storage.run(n, () => subscriber.complete()));
      });
    }
  }
  const { peer } = await startOwnBroker([Traced]);
  for (const message of [1, 2, 3]) peer.send({ action: 'publish', topic: 't', message });
  await peer.take(3);
  expect(seen).toEqual([undefined, undefined, undefined]);
});

describe('an exception of an interceptor', () => {
  it('is what it is, though it comes before the handler: only a guard forbids', async () => {
    const throwing = (error: Error): NestInterceptor => ({
      intercept: () => {
        throw error;
      },
    });
    @Controller()
    class Topics {
      @UseInterceptors(throwing(new BadRequestException('too big'))) @Topic('bad') bad(): void {}
      @UseInterceptors(throwing(new ForbiddenException('not you'))) @Topic('no') no(): void {}
      @UseInterceptors(throwing(new Error('secret'))) @Topic('bug') bug(): void {}
    }
    const { peer } = await startOwnBroker([Topics]);
    const publish = (topic: string) => peer.ask({ action: 'publish', topic, message: 1 });
    expect(await publish('bad')).toMatchObject({ code: 'VALIDATION_FAILED', message: 'too big' });
    expect(await publish('no')).toMatchObject({ code: 'FORBIDDEN', message: 'not you' });
    expect(await publish('bug')).toMatchObject({
      code: 'HANDLER_FAILED',
      message: 'The topic handler failed',
    });
  });
});
