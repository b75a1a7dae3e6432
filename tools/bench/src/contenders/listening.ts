import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';

const LOOK_AGAIN_MS = 2;
/** Longer than the slowest of them takes to start on a busy machine. */
const PATIENCE_MS = 60_000;

/** Tries until somebody listens. For ever when the program ends: whoever started it hears of that by itself. */
export async function listening(port: number, program: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await accepts(port))) {
    if (program.exitCode !== null || program.signalCode !== null) return new Promise(() => undefined);
    if (performance.now() > deadline)
      throw new Error(`nobody listens on port ${port} after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
