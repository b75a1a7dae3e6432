/**
 * What is measured: requests, messages for a handler, or messages that are checked against a class. These go to a topic of
 * the broker that has a handler there, or to a service's handler where there is no broker.
 */
export type NestMeasure = 'request' | 'emit' | 'topic';

/** How a Nest service and its client are to meet: enough for each to make its half, in a process of its own. */
export interface NestTransport {
  readonly kind: 'tcp' | 'redis' | 'mqtt' | 'rabbitmq' | 'nats' | 'pochta';
  /** The broker's, or the service's own where there is no broker in between. */
  readonly port: number;
  readonly measure: NestMeasure;
  /** Pochta's, on the wire; default the package's. */
  readonly codec?: 'json-lines';
}

/** Whether messages are to be kept until they are handled, where the transport can. */
export function isDurable({ measure }: NestTransport): boolean {
  return measure === 'emit';
}
