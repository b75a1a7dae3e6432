import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  UseGuards,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { IsNumber, Min } from 'class-validator';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { MessageHeaders, PochtaContext, Subscribe } from '../src';

afterEach(stopServices);

// #region
export class Order {
  @IsNumber() @Min(1) total!: number;
}

@Injectable()
export class TenantGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    if (execution.getType() !== 'rpc') return true; // HTTP has guards of its own
    return execution.switchToRpc().getContext<PochtaContext>().headers.tenant !== undefined;
  }
}

@Controller()
@UseGuards(TenantGuard)
export class Billing {
  readonly billed: string[] = [];

  @UsePipes(new ValidationPipe({ transform: true }))
  @Subscribe('orders.created', { group: 'billing' })
  bill(@Payload() order: Order, @MessageHeaders('tenant') tenant: string): void {
    this.billed.push(`${tenant} ${order.total}`);
  }
}
// #endregion

test('Pipes and guards that work', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { controllers: [Billing] });
  const headers = { tenant: 'acme' };
  await broker.publish('orders.created', { total: 9 }, { headers });
  await broker.publish('orders.created', { total: 0 }, { headers });
  const letter = await broker.deadLetter('orders.created');
  expect(letter).toMatchObject({ value: { total: 0 }, reason: 'terminated', deliveries: 1 });
  expect(letter.detail).toBe('total must not be less than 1');
  await broker.publish('orders.created', { total: 8 });
  await broker.advance(60_000);
  const [, second] = await broker.deadLetters('orders.created');
  expect(second).toMatchObject({ value: { total: 8 }, reason: 'max-deliveries', deliveries: 5 });
  expect(app.get(Billing).billed).toEqual(['acme 9']);
});
