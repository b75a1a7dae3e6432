import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const folders = new Set<string>();
/** How to end each. */
const children = new Map<ChildProcess, () => void>();

/** Leaves no process and no folder behind, also when the bench fails or is interrupted: a topic may be of gigabytes. */
export function cleanUpAtExit(): void {
  process.on('exit', () => {
    for (const kill of children.values()) kill();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code));
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pochta-bench-'));
  folders.add(folder);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Until it exits by itself. */
export function killAtExit(child: ChildProcess, kill: () => void): void {
  children.set(child, kill);
  child.once('exit', () => children.delete(child));
}
