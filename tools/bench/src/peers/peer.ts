import { freePort } from '@pochta/testing/ports';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startProgram } from '../contenders/child';
import type { Running } from '../contenders/contender';
import { removeFolder, temporaryFolder } from '../contenders/leftovers';
import { listening } from '../contenders/listening';

/** Another broker, which is run beside Pochta where it is installed. */
export interface Peer {
  readonly name: string;
  /** Its program, by name or as a path. */
  readonly program: string;
  /** Starts it on a port of its own, on this machine only, with data that goes when it is stopped. */
  start(): Promise<Running>;
}

/** What a peer's process is given. */
export interface Launch {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Where Debian has servers, which a user's `PATH` may lack. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The program's path, or `undefined` when it is not installed. */
export function installed(program: string, path = process.env.PATH ?? ''): string | undefined {
  if (program.includes('/')) return executable(program) ? program : undefined;
  return [...path.split(delimiter), ...SERVER_FOLDERS]
    .map((folder) => join(folder, program))
    .find((candidate) => executable(candidate));
}

/** A peer that is one process, with its default settings but for what `launch` says. */
export function peer(name: string, program: string, launch: (port: number, folder: string) => Launch): Peer {
  return { name, program, start: () => startServer(program, launch) };
}

/** Runs the program on a free port, in a folder that goes when it is stopped. */
export async function startServer(
  program: string,
  launch: (port: number, folder: string) => Launch | Promise<Launch>,
): Promise<Running> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const { args, env } = await launch(port, folder);
  const file = installed(program) ?? program;
  const starting = startProgram(file, args, (server) => listening(port, server), { cwd: folder, env });
  starting.catch(() => removeFolder(folder));
  const { child, stop } = await starting;
  return {
    port,
    pid: child.pid!,
    stop: async () => {
      await stop();
      await removeFolder(folder);
    },
  };
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
