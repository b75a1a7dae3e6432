import { Controller, UseGuards, UsePipes, ValidationPipe } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { concat, EMPTY, finalize, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { JsonText } from '.';
import { RequestContext } from './topic-context';

class Numbers {
  @IsNumber() a!: number;
}

afterEach(stopOwnBrokers);

describe('@MessagePattern in a broker app', () => {
  it('answers requests with what the handler gives', async () => {
    @Controller()
    class Sums {
      @MessagePattern('sum') sum(@Payload() { a, b }: { a: number; b: number }): number {
        return a + b;
      }
      @MessagePattern('promised') async promised(): Promise<string> {
        return Promise.resolve('later');
      }
      @MessagePattern('nothing') nothing(): void {}
      @MessagePattern('empty') empty() {
        return EMPTY;
      }
      @MessagePattern('list') list(): number[] {
        return [1, 2];
      }
      @MessagePattern('text') text(): JsonText {
        return new JsonText('{"id":12345678901234567890}');
      }
      @MessagePattern('context') context(@Ctx() ctx: RequestContext): object {
        return { topic: ctx.topic, headers: ctx.headers, hasId: ctx.correlationId.length > 0 };
      }
    }
    const { peer } = await startOwnBroker([Sums]);
    const request = async (topic: string, message: unknown = null, more: object = {}) =>
      peer.ask({ action: 'request', topic, message, id: topic, ...more });
    expect(await request('sum', { a: 1, b: 2 })).toEqual({ status: 'success', message: 3, id: 'sum' });
    expect(await request('promised')).toMatchObject({ message: 'later' });
    expect(await request('nothing')).toMatchObject({ status: 'success', message: null });
    expect(await request('empty')).toMatchObject({ status: 'success', message: null, end: true });
    expect(await request('list')).toMatchObject({ message: [1, 2] });
    expect(await request('context', null, { headers: { a: 'b' } })).toMatchObject({
      message: { topic: 'context', headers: { a: 'b' }, hasId: true },
    });
    expect(await request('nobody')).toMatchObject({ code: 'NO_RESPONDERS' });
    peer.send({ action: 'request', topic: 'text', message: null });
    expect(await peer.nextLine()).toBe('{"status":"success","message":{"id":12345678901234567890}}');
  });

  it('sends several values as parts, each as soon as it is there', async () => {
    const source = new Subject<number>();
    @Controller()
    class Parts {
      @MessagePattern('all') all() {
        return of(1, 2, 3);
      }
      @MessagePattern('slow') slow() {
        return source;
      }
      @MessagePattern('broken') broken() {
        return concat(
          of(1),
          throwError(() => new RpcException('half way')),
        );
      }
    }
    const { peer } = await startOwnBroker([Parts]);
    peer.send({ action: 'request', topic: 'all', message: null, id: 1 });
    expect(await peer.take(3)).toEqual([
      { status: 'success', message: 1, id: 1, more: true },
      { status: 'success', message: 2, id: 1, more: true },
      { status: 'success', message: 3, id: 1 },
    ]);
    peer.send({ action: 'request', topic: 'slow', message: null, id: 2 });
    await eventually(() => source.observed);
    for (const part of [10, 11]) {
      source.next(part);
      expect(await peer.next()).toEqual({ status: 'success', message: part, id: 2, more: true });
    }
    source.complete();
    expect(await peer.next()).toEqual({ status: 'success', message: null, id: 2, end: true });
    peer.send({ action: 'request', topic: 'broken', message: null, id: 3 });
    expect(await peer.take(2)).toEqual([
      { status: 'success', message: 1, id: 3, more: true },
      { status: 'error', code: 'REQUEST_FAILED', message: 'half way', id: 3 },
    ]);
  });

  it("sends an RpcException's message and code, and nothing of other errors", async () => {
    class Nobody {
      canActivate = (): boolean => false;
    }
    @Controller()
    class Failures {
      @MessagePattern('text') text(): never {
        throw new RpcException('no such order');
      }
      @MessagePattern('code') code(): never {
        throw new RpcException({ code: 'NO_SUCH_ORDER', message: 'no such order' });
      }
      @MessagePattern('bug') bug(): never {
        throw new Error('secret');
      }
      @MessagePattern('unsayable') unsayable(): unknown {
        return { big: 1n };
      }
      @UseGuards(Nobody) @MessagePattern('guarded') guarded(): void {}
      @UsePipes(new ValidationPipe()) @MessagePattern('checked') checked(
        @Payload() _numbers: Numbers,
      ): void {}
    }
    const { peer, logged } = await startOwnBroker([Failures]);
    const request = async (topic: string) => {
      const { code, message } = await peer.ask({ action: 'request', topic, message: {} });
      return `${code}: ${message}`;
    };
    expect(await request('text')).toBe('REQUEST_FAILED: no such order');
    expect(await request('code')).toBe('NO_SUCH_ORDER: no such order');
    expect(await request('bug')).toBe('REQUEST_FAILED: Internal server error');
    expect(await request('unsayable')).toBe('REQUEST_FAILED: Internal server error');
    expect(await request('guarded')).toBe('REQUEST_FAILED: Forbidden resource');
    expect(await request('checked')).toBe('REQUEST_FAILED: Internal server error');
    const errors = logged
      .filter(({ level }) => level === 'error')
      .map(({ message }) => (message as Error).message);
    expect(errors).toEqual(['secret', expect.stringMatching(/BigInt/)]);
  });

  it('unsubscribes when the request is cancelled, times out, or its requester goes away', async () => {
    let open = 0;
    @Controller()
    class Endless {
      @MessagePattern('endless')
      endless() {
        return concat(
          new Observable<number>((subscriber) => {
            open++;
            subscriber.complete();
          }),
          NEVER,
        ).pipe(finalize(() => open--));
      }
    }
    const { peer, connect } = await startOwnBroker([Endless]);
    peer.send({ action: 'request', topic: 'endless', message: null, id: 'a' });
    await eventually(() => open === 1);
    peer.send({ action: 'cancel', id: 'a' });
    await eventually(() => open === 0);
    expect((await peer.take(2)).map(({ code }) => code)).toContain('REQUEST_CANCELLED');
    expect(await peer.ask({ action: 'request', topic: 'endless', message: null, timeout: 20 })).toMatchObject(
      {
        code: 'REQUEST_TIMEOUT',
      },
    );
    await eventually(() => open === 0);
    const other = await connect();
    other.send({ action: 'request', topic: 'endless', message: null });
    await eventually(() => open === 1);
    other.reset();
    await eventually(() => open === 0);
  });

  it("answers on reserved topics, which are the broker's own: nobody else may", async () => {
    @Controller()
    class Own {
      @MessagePattern('$own.sum') sum(@Payload() numbers: number[]): number {
        return numbers.reduce((sum, number) => sum + number, 0);
      }
    }
    const { peer } = await startOwnBroker([Own]);
    const code = async (frame: object) => (await peer.ask(frame)).code;
    expect(await code({ action: 'respond', topic: '$own.sum' })).toBe('INVALID_FRAME');
    expect(await code({ action: 'publish', topic: '$own.sum', message: 1 })).toBe('INVALID_FRAME');
    expect(await code({ action: 'get', topic: '$own.sum' })).toBe('INVALID_FRAME');
    expect(await code({ action: 'subscribe', topic: '$own.sum' })).toBe('FORBIDDEN');
    expect(await code({ action: 'subscribe', topic: '$own.>' })).toBe('FORBIDDEN');
    expect(await peer.ask({ action: 'request', topic: '$own.sum', message: [1, 2] })).toMatchObject({
      message: 3,
    });
    expect(await code({ action: 'request', topic: '$own.product', message: [1, 2] })).toBe('NO_RESPONDERS');
  });

  it('shares a topic name with a topic: requests are not messages', async () => {
    @Controller()
    class Both {
      @MessagePattern('both') answer(): string {
        return 'answered';
      }
    }
    const { peer } = await startOwnBroker([Both]);
    expect(await peer.ask({ action: 'publish', topic: 'both', message: 1 })).toMatchObject({
      message: 'Published',
    });
    expect(await peer.ask({ action: 'request', topic: 'both', message: 2 })).toMatchObject({
      message: 'answered',
    });
    expect(await peer.ask({ action: 'get', topic: 'both' })).toMatchObject({ message: 1 });
    expect(await peer.ask({ action: 'get', topic: 'both' })).toMatchObject({ code: 'NO_MESSAGES' });
  });
});
