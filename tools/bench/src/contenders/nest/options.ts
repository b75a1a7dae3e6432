import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  type MicroserviceOptions,
  type RmqOptions,
  Transport,
} from '@nestjs/microservices';
import { PochtaClientProxy, PochtaServer } from '@pochta/nestjs';
import { EVENT_WINDOW } from './patterns';
import { isDurable, type NestTransport } from './transport';

const HOST = '127.0.0.1';
const SERVICE = 'bench';

/** The service's half. */
export function serviceOptions(transport: NestTransport): MicroserviceOptions {
  const { kind, port, codec } = transport;
  if (kind === 'pochta')
    return {
      strategy: new PochtaServer({ host: HOST, port, codec, group: SERVICE, prefetch: EVENT_WINDOW }),
    };
  if (kind === 'rabbitmq' && isDurable(transport))
    return rabbitOptions(transport, { noAck: false, prefetchCount: EVENT_WINDOW });
  return nestOptions(kind, transport);
}

/** The client's half. */
export function clientOf(transport: NestTransport): ClientProxy {
  const { kind, port, codec } = transport;
  if (kind === 'pochta') return new PochtaClientProxy({ host: HOST, port, codec });
  return ClientProxyFactory.create(nestOptions(kind, transport) as ClientOptions);
}

/** Nest has the same options on both sides. */
function nestOptions(
  kind: Exclude<NestTransport['kind'], 'pochta'>,
  transport: NestTransport,
): MicroserviceOptions {
  const { port } = transport;
  switch (kind) {
    case 'tcp':
      return { transport: Transport.TCP, options: { host: HOST, port } };
    case 'redis':
      return { transport: Transport.REDIS, options: { host: HOST, port } };
    case 'mqtt':
      return { transport: Transport.MQTT, options: { url: `mqtt://${HOST}:${port}` } };
    case 'nats':
      return { transport: Transport.NATS, options: { servers: `nats://${HOST}:${port}` } };
    case 'rabbitmq':
      return rabbitOptions(transport);
  }
}

/** Durable: a durable queue and persistent messages; that the service acks is for its half alone to say. */
function rabbitOptions(transport: NestTransport, further: RmqOptions['options'] = {}): RmqOptions {
  const { port } = transport;
  const kept = isDurable(transport) ? { persistent: true, queueOptions: { durable: true } } : {};
  const options = { urls: [`amqp://${HOST}:${port}`], queue: SERVICE, ...kept, ...further };
  return { transport: Transport.RMQ, options };
}
