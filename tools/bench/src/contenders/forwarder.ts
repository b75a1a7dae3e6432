import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { startChild } from './child';
import type { Contender } from './contender';

const NEWLINE = 0x0a;

/** Whether each message is corked by itself until the next tick, as Node's documentation shows it, or the whole chunk. */
export type Corking = 'message' | 'chunk';

/**
 * The smallest Node program that does a broker's work. It splits what publishers send at newlines and forwards each
 * message to each subscriber with one corked write. It confirms, checks and stores nothing.
 */
export function runForwarder(corking: Corking): void {
  const subscribers = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => subscribers.delete(socket));
    socket.once('data', (first) => {
      if (first[0] === 'S'.charCodeAt(0)) {
        subscribers.add(socket);
        socket.write('S\n');
        return;
      }
      socket.write('P\n');
      forward(socket, subscribers, corking);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

function forward(publisher: Socket, subscribers: ReadonlySet<Socket>, corking: Corking): void {
  const send = corking === 'message' ? sendCorked : sendPlain;
  let rest: Buffer | undefined;
  publisher.on('data', (chunk) => {
    const data = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    if (corking === 'chunk') for (const subscriber of subscribers) subscriber.cork();
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      const message = data.subarray(start, end + 1);
      for (const subscriber of subscribers) send(subscriber, message);
      start = end + 1;
    }
    if (corking === 'chunk') for (const subscriber of subscribers) subscriber.uncork();
    rest = start < data.length ? data.subarray(start) : undefined;
    holdBack(publisher, subscribers);
  });
}

function sendCorked(subscriber: Socket, message: Buffer): void {
  subscriber.cork();
  subscriber.write(message);
  process.nextTick(uncork, subscriber);
}

function sendPlain(subscriber: Socket, message: Buffer): void {
  subscriber.write(message);
}

function uncork(subscriber: Socket): void {
  subscriber.uncork();
}

/** Reads on once every subscriber has taken what it was sent. */
function holdBack(publisher: Socket, subscribers: ReadonlySet<Socket>): void {
  const full = [...subscribers].filter((subscriber) => subscriber.writableNeedDrain);
  if (full.length === 0) return;
  publisher.pause();
  void Promise.all(full.map((subscriber) => once(subscriber, 'drain'))).then(() => publisher.resume());
}

/** The one that corks each message is the reference; the other shows what the corking costs. */
export function forwarder(corking: Corking): Contender {
  return {
    name: corking === 'message' ? 'reference: newline forwarder' : 'newline forwarder, a cork a chunk',
    reference: corking === 'message',
    async start() {
      const args = ['--role=forwarder', `--cork=${corking}`];
      const { child, value, stop } = await startChild(process.argv[1], args, async (started) => {
        const [port] = (await once(started, 'message')) as [number];
        return port;
      });
      return { port: value, pid: child.pid!, stop };
    },
    kept: 'not kept',
    fanOut: 'newline',
  };
}
