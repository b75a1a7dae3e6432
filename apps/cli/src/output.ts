import { once } from 'node:events';

const { stdout, stderr } = process;

const closed = new AbortController();
/** Aborted when nobody reads the output any more, as in `pochta sub orders | head -3`. */
export const outputClosed = closed.signal;
stdout.on('error', () => closed.abort());
stderr.on('error', () => undefined);

/**
 * Writes a line of the result; resolves when there is room for the next, so that a slow reader holds the work back
 * rather than fill the memory. Nothing is written any more once `outputClosed`.
 */
export async function print(line: string): Promise<void> {
  if (outputClosed.aborted) return;
  if (!stdout.write(`${line}\n`))
    await once(stdout, 'drain', { signal: outputClosed }).catch(() => undefined);
}

/** Tells the person at the terminal, beside the result. */
export function say(text: string): void {
  stderr.write(`${text}\n`);
}

/** Resolves when what was written has left the process. */
export async function flushOutput(): Promise<void> {
  await Promise.all(
    [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
