import { writeFileSync } from 'node:fs';
import { microseconds } from './due-time';

export interface Schedule {
  readonly perSecond: number;
  /** After so many it ends. */
  readonly messages: number;
}

/** Nobody ever wakes those who wait here: they wait for their time to pass. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `send` for each message when it is due, with that time in microseconds, and never before it. Those that are late
 * are sent at once, in one turn, as due as they were: what holds up a message does not hide that it holds up those
 * behind it. Returns how late each was sent, in ms.
 *
 * Between two messages the thread sleeps in the kernel, which takes no CPU from the program under test, and after each
 * it looks once at its sockets. It must not be the thread that takes the times of arrival.
 */
export async function keepSchedule(
  { perSecond, messages }: Schedule,
  send: (due: number) => void,
): Promise<Float64Array> {
  wakeInTime();
  const lateMs = new Float64Array(messages);
  const start = microseconds();
  let sent = 0;
  while (sent < messages) {
    let due = start + (sent * 1e6) / perSecond;
    sleepUntil(due);
    for (
      const now = microseconds();
      sent < messages && due <= now;
      due = start + (++sent * 1e6) / perSecond
    ) {
      lateMs[sent] = (now - due) / 1e3;
      send(due);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return lateMs;
}

/** Takes no CPU meanwhile, but blocks the thread; a time by `microseconds`. */
export function sleepUntil(time: number): void {
  for (let left = time - microseconds(); left > 0; left = time - microseconds())
    Atomics.wait(NOBODY, 0, 0, left / 1e3);
}

/** Linux lets a sleeper sleep 50 us too long, unless it is told otherwise. Elsewhere messages are that much later. */
export function wakeInTime(): void {
  try {
    writeFileSync('/proc/self/timerslack_ns', '1000');
  } catch {
    // The times at which messages are sent are measured, and shown beside the latency.
  }
}
