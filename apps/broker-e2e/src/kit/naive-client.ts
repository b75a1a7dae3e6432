import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterThisTest } from '@pochta/testing/processes';

/**
 * A client as the teaching broker's students wrote it: sends JSON without a newline, and takes what one read gives it,
 * of a fixed size at most, for an answer.
 */
export class NaiveClient {
  private constructor(
    private readonly socket: Socket,
    private readonly readSize: number,
  ) {}

  static async connect(port: number, readSize: number): Promise<NaiveClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    afterThisTest(() => socket.destroy());
    return new NaiveClient(socket, readSize);
  }

  send(request: object | string): void {
    this.socket.write(typeof request === 'string' ? request : JSON.stringify(request));
  }

  /** What `recv(size)` would return: what is there, but no more than the size; waits while there is nothing. */
  async read(): Promise<string> {
    while (this.socket.readableLength === 0) await once(this.socket, 'readable');
    const bytes = this.socket.read(Math.min(this.readSize, this.socket.readableLength)) as Buffer;
    return bytes.toString('latin1');
  }

  async ask(request: object | string): Promise<string> {
    this.send(request);
    return this.read();
  }

  /** Reads on until the text ends with what is given; returns all that was read. */
  async readUntil(ending: string): Promise<string> {
    let text = '';
    while (!text.endsWith(ending)) text += await this.read();
    return text;
  }
}
