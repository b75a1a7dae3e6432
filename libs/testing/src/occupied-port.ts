import { createServer } from 'node:net';
import { atCleanup } from './cleanup';

/** Takes a free port, so that nobody else can listen there until `cleanUp`. */
export async function occupyPort(host: string = '127.0.0.1'): Promise<number> {
  const server = createServer();
  atCleanup(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as { port: number }).port;
}
