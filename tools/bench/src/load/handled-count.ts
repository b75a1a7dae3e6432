import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Messages that are handled before the client is told, or the time that passes; telling of each would slow the service. */
const TOLD_AT_ONCE = 50;
const TOLD_AFTER_MS = 1;

/** What the service has handled, told to the client beside the transport, which is measured. */
export class HandledCount {
  #untold = 0;
  #timer: NodeJS.Timeout | undefined;
  #socket: Socket | undefined;

  private constructor(
    private readonly server: Server,
    private readonly toldAtOnce: number,
  ) {
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      this.#socket = socket;
      this.#tell();
    });
  }

  /** `toldAtOnce`: so many are told before the time has passed. */
  static async listen(toldAtOnce = TOLD_AT_ONCE): Promise<HandledCount> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HandledCount(server, toldAtOnce);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  add(): void {
    if (++this.#untold >= this.toldAtOnce) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), TOLD_AFTER_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.server.close();
  }

  /** A byte for each message, so that whoever counts bytes counts messages. */
  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#socket === undefined) return;
    this.#socket.write(Buffer.alloc(this.#untold));
    this.#untold = 0;
  }
}

/** The client's view of the count. */
export class HandledView {
  count = 0;

  private constructor(private readonly socket: Socket) {}

  static async open(port: number): Promise<HandledView> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new HandledView(socket);
  }

  onChange(listener: () => void): void {
    this.socket.on('data', (chunk) => {
      this.count += chunk.length;
      listener();
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
