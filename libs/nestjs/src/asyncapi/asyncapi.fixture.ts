import { Controller, Module } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsArray,
  IsDate,
  IsEnum,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import type { SubscribeOptions } from '../transport/subscribe-options';
import { AsyncApiOperation } from './asyncapi-operation.decorator';

export enum Currency {
  Euro = 'EUR',
  Dollar = 'USD',
}

export enum Urgency {
  Low,
  High,
}

export class ItemDto {
  @IsString() sku!: string;
  @IsInt() @Min(1) quantity!: number;
}

abstract class Stamped {
  @IsDate() @Type(() => Date) at!: Date;
  @IsOptional() @IsString() note?: string;
}

export class OrderDto extends Stamped {
  @IsInt() id!: number;
  @IsNumber() total!: number;
  @IsEnum(Currency) currency!: Currency;
  @IsOptional() @IsEnum(Urgency) urgency?: Urgency;
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => ItemDto) items!: ItemDto[];
  @IsArray() @IsString({ each: true }) tags!: string[];
  @ValidateNested() @Type(() => ItemDto) gift!: ItemDto;
}

export class CategoryDto {
  @IsString() name!: string;
  @IsOptional() @ValidateNested() @Type(() => CategoryDto) parent?: CategoryDto;
  @ValidateNested({ each: true }) @Type(() => CategoryDto) children!: CategoryDto[];
}

export class TotalDto {
  @IsNumber() total!: number;
}

export class TenantHeaders {
  @IsString() tenant!: string;
}

const BILLING: SubscribeOptions = { group: 'billing', maxDeliveries: 3, backoff: { min: 100, max: 1000 } };

@Controller()
export class OrdersController {
  @EventPattern<string>('orders.created', BILLING)
  @AsyncApiOperation({ summary: 'Bills an order', tags: ['billing'], headers: TenantHeaders })
  created(@Ctx() _context: unknown, @Payload() _order: OrderDto): void {}

  @EventPattern<string>('orders.*', { group: 'audit' } satisfies SubscribeOptions)
  audit(@Payload() _order: unknown): void {}

  @EventPattern<string[]>(['sensors.>', 'meters.*.daily.*'], { broadcast: true } satisfies SubscribeOptions)
  measured(_value: number): void {}

  @EventPattern<string>('categories', { group: 'shop' } satisfies SubscribeOptions)
  categorised(@Payload('name') _name: string): void {}

  @MessagePattern<string>('orders.total')
  @AsyncApiOperation({ description: 'Adds up what the orders cost.', payload: [OrderDto], reply: TotalDto })
  async total(@Payload() orders: OrderDto[]): Promise<TotalDto> {
    return { total: orders.length };
  }

  @MessagePattern({ cmd: 'category' })
  category(@Payload() category: CategoryDto): string {
    return category.name;
  }

  @EventPattern<string>('elsewhere', 1)
  ofAnotherTransport(): void {}

  unbound(): void {}
}

export let madeInstances = 0;

@Controller()
export class NeverMadeController {
  constructor() {
    madeInstances += 1;
  }
}

@Module({ controllers: [OrdersController, NeverMadeController] })
export class OrdersModule {}
