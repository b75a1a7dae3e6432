/** How a Nest service and its client are to meet: enough for each to make its half, in a process of its own. */
export interface NestTransport {
  readonly kind: 'tcp' | 'redis' | 'mqtt' | 'rabbitmq' | 'nats' | 'pochta';
  /** The broker's, or the service's own where there is no broker in between. */
  readonly port: number;
  /** Whether messages are to be kept until they are handled, where the transport can. */
  readonly durable: boolean;
  /** Pochta's, on the wire; default the package's. */
  readonly codec?: 'json-lines';
}
