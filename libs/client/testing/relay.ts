import {
  BinaryBrokerFrameDecoder,
  JsonLinesBrokerFrameDecoder,
  type BrokerFrame,
  type BrokerFrameDecoder,
  type BrokerFrameSink,
  type PochtaError,
  type Push,
} from '@pochta/protocol';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { parseMessage } from '../src/payload';
import { BinaryVoice } from './binary-voice';

/** What a relay writes down of a frame. */
export interface Said {
  readonly type: BrokerFrame['type'] | 'push';
  /** Of an answer or a push, its message as a value. */
  readonly message?: unknown;
  /** Whether it is the end of a reply in parts. */
  readonly end?: boolean;
}

/** A line between clients and a real broker that can be cut, and that writes down what the broker says. */
export class Relay implements BrokerFrameSink {
  /** Every frame that went to a client, of all connections; of those that carry many messages, each message. */
  readonly said: Said[] = [];
  /** Called for each of them before the client gets it. */
  onSaid: (() => void) | undefined;
  /** While it holds, connections are refused. */
  held = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly brokerPort: () => number) {
    this.#server = createServer((client) => {
      if (this.held) client.destroy();
      else this.#join(client);
    });
  }

  static async start(brokerPort: () => number): Promise<Relay> {
    const relay = new Relay(brokerPort);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  saidOf(type: Said['type']): Said[] {
    return this.said.filter((frame) => frame['type'] === type);
  }

  /** Cuts every connection; what is on its way is lost. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    const broker = connect({ host: '127.0.0.1', port: this.brokerPort(), noDelay: true });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    let decoder: BrokerFrameDecoder;
    client.once('data', (chunk: Buffer) => {
      const isBinary = BinaryVoice.isSpoken(chunk);
      decoder = isBinary ? new BinaryBrokerFrameDecoder() : new JsonLinesBrokerFrameDecoder();
    });
    client.on('data', (chunk: Buffer) => broker.write(chunk));
    broker.on('data', (chunk: Buffer) => {
      decoder.decode(chunk, this);
      if (!client.destroyed) client.write(chunk);
    });
  }

  /** @internal Called by the decoders, as are the next three. */
  onConfirms(count: number): void {
    for (let left = count; left > 0; left--) this.#note({ type: 'success', message: 'Published' });
  }

  onPush({ type, value }: Push): void {
    this.#note({ type, message: value });
  }

  onFrame(frame: BrokerFrame): void {
    if (frame.type !== 'success') return this.#note({ type: frame.type });
    this.#note({ type: frame.type, message: parseMessage(frame.message), end: frame.end });
  }

  onFatal(error: PochtaError): void {
    throw error;
  }

  #note(said: Said): void {
    this.said.push(said);
    this.onSaid?.();
  }
}
