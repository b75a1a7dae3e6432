import { once } from 'node:events';
import { startChild, type Started } from '../contenders/child';

/** Runs this program in a role, tells it what to do, and waits for its answer. */
export function startRole<T>(role: string, task: object): Promise<Started<T>> {
  return startChild(process.argv[1], [`--role=${role}`], async (child) => {
    child.send(task);
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  });
}

/** The same, where nothing is wanted but the answer. */
export async function askRole<T>(role: string, task: object): Promise<T> {
  const { value, stop } = await startRole<T>(role, task);
  await stop();
  return value;
}
