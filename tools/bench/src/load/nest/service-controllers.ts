import { Controller, type Type } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, type RmqContext } from '@nestjs/microservices';
import { CHECKED, EVENT, REQUEST } from '../../contenders/nest/patterns';
import { isDurable, type NestTransport } from '../../contenders/nest/transport';
import { CheckedPrice } from './checked-price';
import { HandledCount } from '../handled-count';

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

@Controller()
class CheckedEvents {
  constructor(private readonly handled: HandledCount) {}

  @EventPattern(CHECKED)
  count(@Payload() _price: CheckedPrice): void {
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
export function controllersFor(transport: NestTransport): Type[] {
  if (transport.measure === 'topic') return [CheckedEvents];
  return [Requests, transport.kind === 'rabbitmq' && isDurable(transport) ? AckedEvents : Events];
}
