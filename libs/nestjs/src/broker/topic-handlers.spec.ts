import {
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Ctx, Payload, type RequestContext as NestRequest, RpcException } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsInt, IsNumber, IsString, Min, ValidateNested } from 'class-validator';
import { concat, finalize, map, NEVER, of, throwError, timer } from 'rxjs';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { TopicContext } from './topic-context';
import { Topic } from './topic.decorator';

class Line {
  @IsString() sku!: string;
  @IsInt() @Min(1) count!: number;
}

class Order {
  @IsString() item!: string;
  @IsNumber() price!: number;
  @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[];
}

class Price {
  @IsNumber() price!: number;
}

afterEach(stopOwnBrokers);

describe('a decorated topic', () => {
  it('stores the payload byte for byte when the handler returns nothing', async () => {
    @Controller()
    class Prices {
      @Topic('prices')
      onPublish(@Payload() _price: Price): void {}
    }
    const { peer } = await startOwnBroker([Prices]);
    peer.sendBytes('{"action":"publish","topic":"prices","message":{"price":1.0,"zusätzlich" : [1e2]}}\n');
    expect(await peer.next()).toEqual({ status: 'success', message: 'Published' });
    peer.send({ action: 'get', topic: 'prices' });
    expect(await peer.nextLine()).toBe('{"status":"success","message":{"price":1.0,"zusätzlich" : [1e2]}}');
  });

  it('stores what the handler returns, or the last value of its promise or observable', async () => {
    @Controller()
    class Doubles {
      @Topic('plain') plain(@Payload() n: number): number {
        return n * 2;
      }
      @Topic('promised') async promised(@Payload() n: number): Promise<number> {
        return Promise.resolve(n * 2);
      }
      @Topic('observed') observed(@Payload() n: number) {
        return of(n, n + 1, n * 2);
      }
      @Topic('nulled') nulled(): null {
        return null;
      }
      @Topic('emptied') emptied() {
        return of<number[]>();
      }
    }
    const { peer } = await startOwnBroker([Doubles]);
    for (const [topic, stored] of Object.entries({
      plain: 42,
      promised: 42,
      observed: 42,
      nulled: null,
      emptied: 21,
    })) {
      expect(await peer.ask({ action: 'publish', topic, message: 21 })).toMatchObject({ status: 'success' });
      expect(await peer.ask({ action: 'get', topic })).toEqual({ status: 'success', message: stored });
    }
  });

  it('gives the handler an instance of its class, and keeps fields that the class does not know', async () => {
    @Controller()
    class Prices {
      @Topic('prices')
      onPublish(@Payload() price: Price): object {
        return { ...price, isPrice: price instanceof Price };
      }
    }
    const { peer } = await startOwnBroker([Prices]);
    await peer.ask({ action: 'publish', topic: 'prices', message: { price: 1, source: 'x' } });
    expect(await peer.ask({ action: 'get', topic: 'prices' })).toMatchObject({
      message: { price: 1, source: 'x', isPrice: true },
    });
  });

  it('refuses what does not fit its class, names every field, and stores nothing', async () => {
    @Controller()
    class Orders {
      @Topic('orders')
      onPublish(@Payload() _order: Order): void {}
    }
    const { peer } = await startOwnBroker([Orders]);
    const publish = (message: unknown) => peer.ask({ action: 'publish', topic: 'orders', message });
    const wrong = await publish({
      item: 7,
      price: '1.5',
      lines: [
        { sku: 'a', count: 1 },
        { sku: 'b', count: 0 },
      ],
    });
    expect(wrong).toMatchObject({ status: 'error', code: 'VALIDATION_FAILED' });
    expect(wrong.message).toContain('item must be a string');
    expect(wrong.message).toContain('price must be a number');
    expect(wrong.message).toContain('lines.1.count must not be less than 1');
    for (const message of [null, 7, 'text', true, [], [{ item: 'a' }]]) {
      expect(await publish(message)).toMatchObject({
        code: 'VALIDATION_FAILED',
        message: 'message must be a JSON object',
      });
    }
    expect((await publish({})).message).toContain('item must be a string');
    expect(await peer.ask({ action: 'get', topic: 'orders' })).toMatchObject({ code: 'NO_MESSAGES' });
  });

  it('validates a part of the payload, and names it', async () => {
    @Controller()
    class Parts {
      @Topic('parts')
      onPublish(@Payload('inner') _inner: Price): void {}
    }
    const { peer } = await startOwnBroker([Parts]);
    const publish = (message: unknown) => peer.ask({ action: 'publish', topic: 'parts', message });
    expect(await publish({ inner: { price: 1 } })).toMatchObject({ status: 'success' });
    expect(await publish({ inner: 3 })).toMatchObject({ message: 'inner must be a JSON object' });
    expect(await publish({})).toMatchObject({ message: 'inner must be a JSON object' });
  });

  it('tells the handler topic, headers, key and message id', async () => {
    @Controller()
    class Echo {
      @Topic('echo')
      onPublish(@Ctx() ctx: TopicContext): object {
        return { topic: ctx.topic, headers: ctx.headers, key: ctx.key, messageId: ctx.messageId };
      }
    }
    const { peer } = await startOwnBroker([Echo]);
    const said = { headers: { trace: 'x' }, key: 'k', messageId: 'm-1' };
    await peer.ask({ action: 'publish', topic: 'echo', message: 1, ...said });
    expect((await peer.ask({ action: 'get', topic: 'echo' })).message).toEqual({ topic: 'echo', ...said });
    await peer.ask({ action: 'publish', topic: 'echo', message: 1 });
    expect((await peer.ask({ action: 'get', topic: 'echo' })).message).toEqual({
      topic: 'echo',
      headers: {},
    });
  });

  it('keeps the order in which messages came, however long each takes, and refuses one by one', async () => {
    @Controller()
    class Slow {
      @Topic('slow')
      onPublish(@Payload() n: number) {
        if (n % 10 === 3) throw new RpcException(`no ${n}`);
        return timer((n * 7) % 5).pipe(map(() => ({ n })));
      }
    }
    const { peer } = await startOwnBroker([Slow]);
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    peer.send({ action: 'subscribe', topic: 'slow' });
    await peer.next();
    for (const n of numbers) peer.send({ action: 'publish', topic: 'slow', message: n, id: n });
    const frames = await peer.take(190);
    const answers = frames.filter((frame) => frame.type === undefined);
    const pushed = frames.filter((frame) => frame.type === 'push').map(({ message }) => message);
    expect(answers.map(({ id }) => id as number)).toEqual(numbers);
    expect(
      answers.filter(({ status }) => status === 'error').map(({ message }) => message as string),
    ).toEqual(numbers.filter((n) => n % 10 === 3).map((n) => `no ${n}`));
    expect(pushed).toEqual(numbers.filter((n) => n % 10 !== 3).map((n) => ({ n })));
  });
});

describe('what a peer asks for right behind a publish', () => {
  it('takes effect after it, also while the handler is still at it', async () => {
    @Controller()
    class Slow {
      @Topic('slow')
      onPublish(@Payload() n: number) {
        return timer(1).pipe(map(() => n));
      }
    }
    const { peer } = await startOwnBroker([Slow]);
    const publish = (message: number) => ({ action: 'publish', topic: 'slow', message });
    const get = { action: 'get', topic: 'slow' };
    peer.send(publish(1), get, publish(2), publish(3), get);
    const answers = (await peer.take(5)).map(({ message }) => message);
    expect(answers).toEqual(['Published', 1, 'Published', 'Published', 2]);
    peer.send(publish(4), { action: 'subscribe', topic: 'slow', from: 'new' }, publish(5));
    const pushed = await peer.until(({ type }) => type === 'push');
    expect(pushed.at(-1)).toMatchObject({ message: 5 });
  });
});

describe('a topic handler that refuses', () => {
  it('answers an RpcException and an HttpException with their text', async () => {
    @Controller()
    class Refusals {
      @Topic('refusals')
      onPublish(@Payload() kind: string): void {
        if (kind === 'text') throw new RpcException('too late');
        if (kind === 'object') throw new RpcException({ message: 'too early' });
        if (kind === 'code') throw new RpcException({ code: 'TOPIC_FULL', message: 'no room' });
        if (kind === 'foreign code') throw new RpcException({ code: 'E42', message: 'odd' });
        if (kind === 'http') throw new BadRequestException('bad');
        if (kind === 'http list') throw new BadRequestException(['a is bad', 'b is bad']);
        if (kind === 'http auth') throw new UnauthorizedException('who are you');
      }
    }
    const { peer } = await startOwnBroker([Refusals]);
    const publish = async (message: string) => {
      const { code, message: text } = await peer.ask({ action: 'publish', topic: 'refusals', message });
      return `${code}: ${text}`;
    };
    expect(await publish('text')).toBe('VALIDATION_FAILED: too late');
    expect(await publish('object')).toBe('VALIDATION_FAILED: too early');
    expect(await publish('code')).toBe('TOPIC_FULL: no room');
    expect(await publish('foreign code')).toBe('VALIDATION_FAILED: odd');
    expect(await publish('http')).toBe('VALIDATION_FAILED: bad');
    expect(await publish('http list')).toBe('VALIDATION_FAILED: a is bad; b is bad');
    expect(await publish('http auth')).toBe('FORBIDDEN: who are you');
    expect(await peer.ask({ action: 'get', topic: 'refusals' })).toMatchObject({ code: 'NO_MESSAGES' });
  });

  it('says nothing of any other exception, and logs it once with its stack', async () => {
    @Controller()
    class Broken {
      @Topic('thrown') thrown(): void {
        throw new Error('secret 1');
      }
      @Topic('rejected') rejected(): Promise<void> {
        return Promise.reject(new Error('secret 2'));
      }
      @Topic('errored') errored() {
        return throwError(() => new Error('secret 3'));
      }
      @Topic('unsayable') unsayable(): unknown {
        return { big: 1n };
      }
    }
    const { peer, logged } = await startOwnBroker([Broken]);
    for (const topic of ['thrown', 'rejected', 'errored', 'unsayable']) {
      const answer = await peer.ask({ action: 'publish', topic, message: 1 });
      expect(answer).toEqual({
        status: 'error',
        code: 'HANDLER_FAILED',
        message: 'The topic handler failed',
      });
      expect(await peer.ask({ action: 'get', topic })).toMatchObject({ code: 'NO_MESSAGES' });
    }
    const errors = logged.filter(({ level }) => level === 'error').map(({ message }) => message as Error);
    expect(errors.map(({ message }) => message)).toEqual([
      'secret 1',
      'secret 2',
      'secret 3',
      expect.stringMatching(/BigInt/),
    ]);
    expect(
      errors.every(
        ({ stack }) => stack?.includes('topic-handlers.spec') || stack?.includes('JSON.stringify'),
      ),
    ).toBe(true);
  });

  it('is given up after the limit, and what hangs is unsubscribed from', async () => {
    let unsubscribed = false;
    @Controller()
    class Hanging {
      @Topic('hanging')
      onPublish(@Payload() kind: string): unknown {
        if (kind === 'promise') return new Promise(() => undefined);
        if (kind === 'observable') return concat(of(1), NEVER).pipe(finalize(() => (unsubscribed = true)));
        return undefined;
      }
    }
    const { peer } = await startOwnBroker([Hanging], { handlerTimeout: 20 });
    peer.send(
      { action: 'publish', topic: 'hanging', message: 'promise' },
      { action: 'publish', topic: 'hanging', message: 'fine' },
      { action: 'publish', topic: 'hanging', message: 'observable' },
    );
    const [first, second, third] = await peer.take(3);
    expect(first).toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringContaining('20 ms') as string,
    });
    expect(second).toMatchObject({ status: 'success' });
    expect(third).toMatchObject({ code: 'HANDLER_FAILED' });
    expect(unsubscribed).toBe(true);
    expect(await peer.ask({ action: 'get', topic: 'hanging' })).toMatchObject({ message: 'fine' });
  });
});

describe("Nest's enhancers on a topic", () => {
  it('answers what a guard refuses with FORBIDDEN, wherever the guard stands', async () => {
    class Refuse implements CanActivate {
      canActivate = (context: ExecutionContext): boolean => {
        expect(context.getType()).toBe('rpc');
        expect(context.switchToRpc().getContext<TopicContext>()).toBeInstanceOf(TopicContext);
        return context.switchToRpc().getData<string>() !== context.getHandler().name;
      };
    }
    class Throw implements CanActivate {
      canActivate(): boolean {
        throw new UnauthorizedException('no token');
      }
    }
    class Break implements CanActivate {
      canActivate(): boolean {
        throw new Error('the user database is down');
      }
    }
    @Controller()
    class Guarded {
      @UseGuards(Refuse) @Topic('above') above(): void {}
      @Topic('below') @UseGuards(Refuse) below(): void {}
      @UseGuards(Throw) @Topic('throws') throws(): void {}
      @UseGuards(Break) @Topic('breaks') breaks(): void {}
    }
    const { peer } = await startOwnBroker([Guarded]);
    const publish = (topic: string, message: string) => peer.ask({ action: 'publish', topic, message });
    expect(await publish('above', 'above')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await publish('above', 'fine')).toMatchObject({ status: 'success' });
    expect(await publish('below', 'below')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await publish('throws', '')).toMatchObject({ code: 'FORBIDDEN', message: 'no token' });
    // Not a refusal: the publisher may try again.
    expect(await publish('breaks', '')).toMatchObject({ code: 'HANDLER_FAILED' });
  });

  it('runs pipes and interceptors around the handler', async () => {
    class Trim implements PipeTransform {
      transform = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
    }
    class Wrap implements NestInterceptor {
      intercept = (_context: ExecutionContext, next: CallHandler) =>
        next.handle().pipe(map((value: unknown) => ({ value })));
    }
    @Controller()
    @UseInterceptors(Wrap)
    class Piped {
      @UsePipes(new Trim())
      @Topic('piped')
      onPublish(@Payload() text: string): string {
        return `${text}!`;
      }
    }
    const { peer } = await startOwnBroker([Piped]);
    await peer.ask({ action: 'publish', topic: 'piped', message: '  hi ' });
    expect(await peer.ask({ action: 'get', topic: 'piped' })).toMatchObject({ message: { value: 'hi!' } });
  });

  it("lets the app's own exception filters go first", async () => {
    class TooOld extends Error {}
    @Catch(TooOld, BadRequestException)
    class Explain implements ExceptionFilter {
      catch = (exception: Error) => throwError(() => new RpcException(`filtered: ${exception.message}`));
    }
    @Catch(RangeError)
    class Rescue implements ExceptionFilter {
      catch = () => of('rescued');
    }
    @Catch(SyntaxError)
    class Crash implements ExceptionFilter {
      catch = (): never => {
        throw new TypeError('filter bug');
      };
    }
    @Controller()
    @UseFilters(Explain, Rescue, Crash)
    class Filtered {
      @Topic('filtered')
      onPublish(@Payload() kind: string): void {
        if (kind === 'old') throw new TooOld('1999');
        if (kind === 'bad') throw new BadRequestException('bad');
        if (kind === 'rescue') throw new RangeError('far');
        if (kind === 'crash') throw new SyntaxError('?');
      }
    }
    const { peer } = await startOwnBroker([Filtered]);
    const publish = (message: string) => peer.ask({ action: 'publish', topic: 'filtered', message });
    expect(await publish('old')).toMatchObject({ code: 'VALIDATION_FAILED', message: 'filtered: 1999' });
    expect(await publish('bad')).toMatchObject({ code: 'VALIDATION_FAILED', message: 'filtered: bad' });
    expect(await publish('crash')).toMatchObject({
      code: 'HANDLER_FAILED',
      message: 'The topic handler failed',
    });
    expect(await publish('rescue')).toMatchObject({ status: 'success' });
    expect(await peer.ask({ action: 'get', topic: 'filtered' })).toMatchObject({ message: 'rescued' });
  });

  it('makes request-scoped providers anew for every message', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class Visit {
      readonly number = ++made;
      constructor(@Inject(REQUEST) readonly request: NestRequest) {}
    }
    @Controller()
    class Scoped {
      constructor(private readonly visit: Visit) {}
      @Topic('scoped')
      onPublish(@Payload() _price: Price): object {
        const context = this.visit.request.getContext() as TopicContext;
        return { number: this.visit.number, topic: context.topic };
      }
    }
    const { peer } = await startOwnBroker([Scoped], {}, [Visit]);
    for (const number of [1, 2]) {
      await peer.ask({ action: 'publish', topic: 'scoped', message: { price: 1 } });
      expect((await peer.ask({ action: 'get', topic: 'scoped' })).message).toEqual({
        number,
        topic: 'scoped',
      });
    }
    expect(await peer.ask({ action: 'publish', topic: 'scoped', message: { price: 'x' } })).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  it('leaves topics without a handler alone', async () => {
    const { peer } = await startOwnBroker([]);
    peer.sendBytes('{"action":"publish","topic":"bare","message":1.50}\n{"action":"get","topic":"bare"}\n');
    await peer.next();
    expect(await peer.nextLine()).toBe('{"status":"success","message":1.50}');
  });
});
