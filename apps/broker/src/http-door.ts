import { createServer, type RequestListener, type Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { errorFor } from '@pochta/protocol';

/** Where HTTP is answered. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens for the app's HTTP. `localhost` means 127.0.0.1 and ::1, as for the broker's own port; Nest's `listen` would
 * take one of them only.
 */
export class HttpDoor {
  readonly #app: INestApplication;
  readonly #servers: Server[] = [];

  constructor(app: INestApplication) {
    this.#app = app;
  }

  get addresses(): readonly HttpAddress[] {
    return this.#servers.flatMap((server) => {
      const address = server.address();
      return address === null || typeof address === 'string'
        ? []
        : [{ host: address.address, port: address.port }];
    });
  }

  /** Throws `ADDRESS_UNAVAILABLE`. */
  async open(host: string, port: number): Promise<void> {
    const [first, second] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
    await this.#listen(this.#app.getHttpServer() as Server, first, port);
    if (second === undefined) return;
    const listener = this.#app.getHttpAdapter().getInstance() as RequestListener;
    try {
      await this.#listen(createServer(listener), second, this.addresses[0].port);
    } catch (error) {
      // A machine without IPv6 has no second address, and a free port need not be free on both: neither is a mistake.
      if (port !== 0 && !isMissingAddress(error)) throw error;
    }
  }

  /** The app closes its own server; this closes the other one. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  }

  async #listen(server: Server, host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const inUse = 'another program listens there. Stop it, or choose another port';
        const reason = cause.code === 'EADDRINUSE' ? inUse : cause.message;
        const text = `Cannot listen for HTTP on ${host}:${port}: ${reason}`;
        reject(errorFor('ADDRESS_UNAVAILABLE', text, { cause, field: 'httpPort' }));
      });
      server.listen(port, host, resolve);
    });
    this.#servers.push(server);
  }
}

function isMissingAddress(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}
