import { readFileSync } from 'node:fs';

/** Clock ticks a second of `/proc`: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of CPU that a process and those that it has started have used; `undefined` where `/proc` does not say. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number);
    const ofChildren = children.filter((child) => child > 0).map((child) => cpuSeconds(child) ?? 0);
    return ofChildren.reduce((sum, seconds) => sum + seconds, ownCpuSeconds(pid));
  } catch {
    return undefined;
  }
}

function ownCpuSeconds(pid: number): number {
  // The command's name, in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
