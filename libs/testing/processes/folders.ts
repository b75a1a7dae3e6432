import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterThisTest } from './cleanup';

/** An empty folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pochta-e2e-'));
  afterThisTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system of its own, so that a full or read-only disk is the broker's alone. Needs root. */
export class SmallDisk {
  readonly folder = temporaryFolder();

  constructor(options: string) {
    mount('-t', 'tmpfs', '-o', options, 'pochta-e2e', this.folder);
    // Lazily, since a process that is just being killed may still hold files open.
    afterThisTest(() => execFileSync('umount', ['--lazy', this.folder]));
  }

  /** Changes its options while it is in use, say `size=64m`. */
  change(options: string): void {
    mount('-o', `remount,${options}`, this.folder);
  }
}

function mount(...args: string[]): void {
  // Its complaint, such as that this takes root, becomes part of the error.
  execFileSync('mount', args, { stdio: 'pipe' });
}
