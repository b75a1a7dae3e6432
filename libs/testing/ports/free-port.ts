import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;

let next = (process.pid * 31) % COUNT;

/**
 * A port that nobody listens on. Below those the system gives to outgoing connections: a broker is restarted on its
 * port, and meanwhile a client that knocks there could be given that very port, and talk to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % COUNT;
    if (await isFree(FIRST + next)) return FIRST + next;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
