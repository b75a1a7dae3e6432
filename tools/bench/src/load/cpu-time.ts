import { readFileSync } from 'node:fs';

/** Clock ticks a second of `/proc`: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of CPU that a process has used; `undefined` where `/proc` does not say. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    // The command's name, in parentheses, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
