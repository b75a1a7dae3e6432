import { fork, spawn, type ChildProcess, type ForkOptions, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from './leftovers';

/** A program that is ready, and what was found out meanwhile. */
export interface Started<T> {
  readonly child: ChildProcess;
  readonly value: T;
  stop(): Promise<void>;
}

/** Starts a Node program and waits for what `ready` finds in its messages or its output. */
export function startChild<T>(
  script: string,
  args: readonly string[],
  ready: (child: ChildProcess) => Promise<T>,
  options: ForkOptions = {},
): Promise<Started<T>> {
  const child = fork(script, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], ...options });
  return untilReady(child, [script, ...args], ready, (signal) => child.kill(signal));
}

/**
 * Starts any program. It leads a process group, so that what it has started ends with it; it is killed when it is
 * stopped, since nobody wants its data.
 */
export function startProgram<T>(
  file: string,
  args: readonly string[],
  ready: (child: ChildProcess) => Promise<T>,
  options: SpawnOptions = {},
): Promise<Started<T>> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  const kill = () => killGroup(child);
  child.once('exit', kill);
  return untilReady(child, [file, ...args], ready, kill);
}

async function untilReady<T>(
  child: ChildProcess,
  command: readonly string[],
  ready: (child: ChildProcess) => Promise<T>,
  end: (signal: 'SIGTERM' | 'SIGKILL') => void,
): Promise<Started<T>> {
  killAtExit(child, () => end('SIGKILL'));
  let output = '';
  const note = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000));
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  // All that it said has been read then.
  const ended = once(child, 'close');
  const failed = ended.then(([code, signal]): never => {
    throw new Error(`${command.join(' ')} ended (${code ?? signal}):\n${output}`);
  });
  const stop = async () => {
    end('SIGTERM');
    await ended;
  };
  failed.catch(() => undefined);
  try {
    return { child, value: await Promise.race([ready(child), failed]), stop };
  } catch (error) {
    end('SIGKILL');
    throw error;
  }
}

/** Those of the group that are left; of a program that never began there are none. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
