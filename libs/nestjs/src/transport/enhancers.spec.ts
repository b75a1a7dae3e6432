import {
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  ParseIntPipe,
  Post,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  type RequestContext,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { map, type Observable, of, throwError } from 'rxjs';
import { collector } from '../../fixtures/logged';
import { closeLater, connectTo, startService, stopServices } from '../../fixtures/service';
import { InjectPochta, PochtaClientProxy, PochtaModule } from '../index';
import { connectPochta, type ConnectPochtaOptions } from './connect-pochta';
import { MessageHeaders } from './message-headers.decorator';
import { PochtaTerminate } from './outcomes';
import { PochtaContext } from './pochta-context';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

class Order {
  @IsNumber() amount!: number;
}

const BACKOFF = { min: 1, max: 2 };

describe('Enhancers of handlers', () => {
  it('work: pipes and guards, interceptors, filters, and decorated parameters', async () => {
    const broker = await startBroker();
    const heard: unknown[] = [];
    @Injectable()
    class TenantGuard implements CanActivate {
      canActivate(execution: ExecutionContext): boolean {
        const context = execution.switchToRpc().getContext<PochtaContext>();
        return context.headers['tenant'] !== undefined;
      }
    }
    class Doubling implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(map((value: number) => value * 2));
      }
    }
    @Catch(RangeError)
    class RangeFilter implements ExceptionFilter {
      catch({ message }: RangeError): Observable<unknown> {
        if (message === 'harmless') return of(undefined);
        return throwError(() => new PochtaTerminate(message));
      }
    }
    @Controller()
    @UseGuards(TenantGuard)
    class Enhanced {
      @UsePipes(new ValidationPipe({ transform: true }))
      @Subscribe('orders', { backoff: BACKOFF, maxDeliveries: 2 })
      onOrder(
        @Payload() order: Order,
        @MessageHeaders() headers: object,
        @MessageHeaders('tenant') tenant: string,
        @Ctx() ctx: PochtaContext,
      ): void {
        heard.push([order instanceof Order, order.amount, headers, tenant, ctx.sequence]);
      }
      @UseFilters(new RangeFilter())
      @Subscribe('ranges')
      onRange(@Payload('kind') kind: string): void {
        throw new RangeError(kind);
      }
      @UseInterceptors(new Doubling())
      @MessagePattern('double')
      double(@Payload(ParseIntPipe) n: number): number {
        return n;
      }
    }
    const { strategy, texts } = await startService(broker, [Enhanced], { group: 'service' });
    const client = await connectTo(broker);
    const headers = { tenant: 'a' };
    await client.publish('orders', { amount: 'much' }, { headers });
    await client.publish('orders', { amount: 1 });
    await client.publish('orders', { amount: 2 }, { headers });
    for (const kind of ['harmless', 'harmful']) await client.publish('ranges', { kind }, { headers });
    const counts = () =>
      strategy.counts.slice(0, 2).map(({ handled, retried, terminated }) => [handled, retried, terminated]);
    // The guard refuses twice: what it depends on may change.
    await eventually(() => JSON.stringify(counts()) === '[[1,2,1],[1,0,1]]');
    expect(heard).toEqual([[true, 2, headers, 'a', 3]]);
    expect(texts('error')).toContainEqual(
      expect.stringMatching(/orders 2, delivery 2 .*Forbidden resource.* dead letter/),
    );
    expect(await client.request('double', '21', { headers })).toBe(42);
    await expect(client.request('double', '21')).rejects.toThrow('Forbidden resource');
  });

  it('may be of request scope, and be given the message', async () => {
    const broker = await startBroker();
    const heard: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) readonly request: RequestContext<unknown, PochtaContext>) {}
    }
    @Controller()
    class Scoped {
      constructor(private readonly tenant: Tenant) {}
      @Subscribe('orders', { backoff: BACKOFF }) onOrder(@Ctx() ctx: PochtaContext): void {
        const { pattern, data, context } = this.tenant.request;
        heard.push([pattern, data, context === ctx, ctx.deliveryCount]);
        if (ctx.deliveryCount === 1) throw new Error('again');
      }
      @MessagePattern('who') who(): unknown {
        return this.tenant.request.context?.headers;
      }
    }
    await startService(broker, [Scoped], { group: 'scoped' }, { providers: [Tenant] });
    const client = await connectTo(broker);
    await client.publish('orders', 7);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual([
      ['orders', 7, true, 1],
      ['orders', 7, true, 2],
    ]);
    expect(await client.request('who', null, { headers: { a: 'b' } })).toEqual({ a: 'b' });
  });

  it('may throw anything without harm', async () => {
    const broker = await startBroker();
    class Throwing implements CanActivate {
      canActivate(): boolean {
        throw new TypeError('headers of undefined');
      }
    }
    @Controller()
    @UseGuards(new Throwing())
    class Guarded {
      @EventPattern<string>('orders', { maxDeliveries: 1 }) onOrder(): void {}
      @EventPattern<string>('strings', { maxDeliveries: 1 }) onString(): void {
        throw 'never here' as unknown as Error;
      }
      @MessagePattern('ask') ask(): void {}
    }
    const { strategy } = await startService(broker, [Guarded], { group: 'service' });
    const client = await connectTo(broker);
    await client.publish('orders', 1);
    await eventually(() => strategy.counts[0].failed === 1);
    await eventually(async () => (await client.get('orders.dead')) === 1);
    await expect(client.request('ask', 1)).rejects.toThrow('Internal server error');
  });
});

describe('An app that serves HTTP too', () => {
  /** A guard as apps have that serve HTTP only. */
  class HttpGuard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      const request = execution.switchToHttp().getRequest<{ headers?: Record<string, string> }>();
      return request.headers!['authorization'] === 'yes';
    }
  }

  async function startHybrid(options: ConnectPochtaOptions) {
    const broker = await startBroker();
    const heard: unknown[] = [];
    @Controller()
    class Orders {
      constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}
      @Post('orders') async create(@Body() order: object): Promise<string> {
        await new Promise((resolve, reject) =>
          this.pochta.emit('orders', order).subscribe({ complete: () => resolve(undefined), error: reject }),
        );
        return 'created';
      }
      @Get('heard') all(): unknown[] {
        return heard;
      }
      @Subscribe('orders', { backoff: BACKOFF, maxDeliveries: 2 })
      onOrder(@Payload() order: Order): void {
        heard.push(order);
      }
      @EventPattern<string>('tcp.only', Transport.TCP) tcpOnly(): void {}
    }
    @Module({
      imports: [PochtaModule.forRoot({ host: '127.0.0.1', port: broker.port })],
      controllers: [Orders],
    })
    class AppModule {}

    const logged: Parameters<typeof collector>[0] = [];
    const app = await NestFactory.create(AppModule, { logger: collector(logged), abortOnError: false });
    closeLater(() => app.close());
    app.useGlobalPipes(new ValidationPipe({ transform: true }));
    app.useGlobalGuards(new HttpGuard());
    const microservice = connectPochta(app, { group: 'hybrid', ...options });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const strategy = microservice as unknown as {
      serverInstance: { counts: readonly { failed: number; pattern: string }[] };
    };
    const url = await app.getUrl();
    const post = (order: object) =>
      fetch(`${url}/orders`, {
        method: 'POST',
        body: JSON.stringify(order),
        headers: { 'content-type': 'application/json', authorization: 'yes' },
      });
    return { broker, app, heard, post, url, counts: () => strategy.serverInstance.counts };
  }

  it('takes the connection of its module, and its guards for HTTP do not break messages', async () => {
    const { heard, post, url, counts } = await startHybrid({ inheritAppConfig: false });
    expect((await fetch(`${url}/heard`)).status).toBe(403);
    expect((await post({ amount: 3 })).status).toBe(201);
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([{ amount: 3 }]);
    expect(counts().map(({ pattern }) => pattern)).toEqual(['orders']);
  });

  it('has its global enhancers apply to messages, by default: a guard for HTTP then refuses them, with a log', async () => {
    const { broker, heard, post, counts } = await startHybrid({});
    await post({ amount: 3 });
    await eventually(() => counts()[0].failed === 2);
    const client = await connectTo(broker);
    await eventually(async () => (await client.get('orders.dead')) !== undefined);
    expect(heard).toEqual([]);
  });
});

it('An RpcException says why it was thrown, also to who asks', async () => {
  const broker = await startBroker();
  @Controller()
  class Refusing {
    @MessagePattern('text') text(): void {
      throw new RpcException('no');
    }
    @MessagePattern('object') object(): void {
      throw new RpcException({ code: 'E1', detail: { a: 1 } });
    }
  }
  await startService(broker, [Refusing]);
  const client = await connectTo(broker);
  const messageOf = (topic: string) =>
    client.request(topic, null).catch((error: Error) => JSON.parse(error.message));
  expect(await messageOf('text')).toEqual({ status: 'error', message: 'no' });
  expect(await messageOf('object')).toEqual({ code: 'E1', detail: { a: 1 } });
});
