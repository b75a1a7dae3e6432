import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A line between clients and a real broker that can be cut, and that writes down what the broker says. */
export class Relay {
  /** Every frame that went to a client, of all connections. */
  readonly said: Readonly<Record<string, unknown>>[] = [];
  /** Called with each frame before the client gets it. */
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

  saidOf(type: string): Readonly<Record<string, unknown>>[] {
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
    client.on('data', (chunk) => broker.write(chunk));
    let rest = '';
    broker.on('data', (chunk) => {
      rest = this.#note(rest + chunk.toString('utf8'));
      if (!client.destroyed) client.write(chunk);
    });
  }

  /** Writes down whole lines; returns what is left. ASCII only. */
  #note(text: string): string {
    const lines = text.split('\n');
    const rest = lines.pop()!;
    for (const line of lines) {
      this.said.push(JSON.parse(line) as Record<string, unknown>);
      this.onSaid?.();
    }
    return rest;
  }
}
