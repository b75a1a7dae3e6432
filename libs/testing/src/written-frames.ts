import type { Duplex } from 'node:stream';

/** Counts the frames of an action that are written to a socket from now on, as JSON lines. */
export function countWritten(socket: Duplex, action: string): () => number {
  const frame = `"action":"${action}"`;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let count = 0;
  socket.write = (chunk: Uint8Array | string, ...more: unknown[]): boolean => {
    count +=
      Buffer.from(chunk as Uint8Array)
        .toString()
        .split(frame).length - 1;
    return write(chunk, ...more);
  };
  return () => count;
}
