import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const undos = new Set<() => void>();
const folders = new Set<string>();
/** How to end each. */
const children = new Map<ChildProcess, () => void>();

/** Leaves no process and no folder behind, also when the bench fails or is interrupted: a topic may be of gigabytes. */
export function cleanUpAtExit(): void {
  process.on('exit', () => {
    for (const kill of children.values()) kill();
    for (const undo of undos) undo();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code));
}

/** What is to be undone at the latest when the bench ends, before its folders are removed. Returns how to do it now. */
export function undoAtExit(undo: () => void): () => void {
  undos.add(undo);
  return () => {
    if (undos.delete(undo)) undo();
  };
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
