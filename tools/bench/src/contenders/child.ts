import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from './leftovers';

/** Starts a Node program and waits for what `ready` finds in its messages or its output. */
export async function startChild<T>(
  script: string,
  args: readonly string[],
  ready: (child: ChildProcess) => Promise<T>,
  options: ForkOptions = {},
): Promise<{ child: ChildProcess; value: T; stop: () => Promise<void> }> {
  const child = fork(script, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], ...options });
  killAtExit(child);
  let output = '';
  const note = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000));
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  const exited = once(child, 'exit');
  const failed = exited.then(([code, signal]) => {
    throw new Error(`${script} ${args.join(' ')} ended (${code ?? signal}):\n${output}`);
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  failed.catch(() => undefined);
  try {
    return { child, value: await Promise.race([ready(child), failed]), stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
