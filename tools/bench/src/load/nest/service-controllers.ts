import { Controller, type Type } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, type RmqContext } from '@nestjs/microservices';
import { EVENT, REQUEST } from '../../contenders/nest/patterns';
import type { NestTransport } from '../../contenders/nest/transport';
import { HandledCount } from './handled-count';

interface Price {
  readonly symbol: string;
}

@Controller()
class Requests {
  @MessagePattern(REQUEST)
  symbol(@Payload() price: Price): string {
    return price.symbol;
  }
}

@Controller()
class Events {
  constructor(private readonly handled: HandledCount) {}

  @EventPattern(EVENT)
  count(@Payload() _price: Price): void {
    this.handled.add();
  }
}

/** RabbitMQ keeps a message until it is acked, which Nest leaves to the handler. */
@Controller()
class AckedEvents {
  constructor(private readonly handled: HandledCount) {}

  @EventPattern<string>(EVENT)
  count(@Payload() _price: Price, @Ctx() context: RmqContext): void {
    const channel = context.getChannelRef() as { ack(message: unknown): void };
    channel.ack(context.getMessage());
    this.handled.add();
  }
}

/** The controllers of a service that is to be reached through this transport. */
export function controllersFor({ kind, durable }: NestTransport): Type[] {
  return [Requests, kind === 'rabbitmq' && durable ? AckedEvents : Events];
}
