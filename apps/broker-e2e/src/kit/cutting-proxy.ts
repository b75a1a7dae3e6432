import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterThisTest } from '@pochta/testing/processes';

/**
 * Forwards connections to the broker and cuts each after so many bytes, counted in both directions and taken from the
 * list in turn: in the middle of whatever frame that is, after having passed on its first part.
 */
export class CuttingProxy {
  cuts = 0;
  #connections = 0;
  #cutting = true;

  private constructor(
    readonly port: number,
    private readonly lifetimes: readonly number[],
  ) {}

  static async start(brokerPort: number, lifetimes: readonly number[]): Promise<CuttingProxy> {
    const sockets = new Set<Socket>();
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy((server.address() as AddressInfo).port, lifetimes);
    server.on('connection', (near) => {
      const far = connect(brokerPort, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
      }
      proxy.#join(near, far);
    });
    afterThisTest(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  /** Leaves connections alone from now on. */
  stopCutting(): void {
    this.#cutting = false;
  }

  #join(near: Socket, far: Socket): void {
    let left = this.lifetimes[this.#connections++ % this.lifetimes.length];
    const forward = (from: Socket, to: Socket) => {
      from.on('data', (chunk: Buffer) => {
        const cut = this.#cutting && chunk.length >= left;
        left -= chunk.length;
        if (cut) {
          this.cuts += 1;
          from.destroy();
          // `destroySoon` writes what is left and closes.
          to.write(chunk.subarray(0, left + chunk.length));
          to.destroySoon();
        } else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
      from.on('close', () => to.destroySoon());
    };
    forward(near, far);
    forward(far, near);
  }
}
