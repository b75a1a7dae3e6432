type Work = () => unknown;

let due: Work[] = [];

/** Has work done by the next `cleanUp`, before what was asked for earlier. */
export function atCleanup(work: Work): void {
  due.push(work);
}

/** Cuts every peer and stops every broker that a test has started: call it in `afterEach`. */
export async function cleanUp(): Promise<void> {
  const works = due.reverse();
  due = [];
  for (const work of works) await work();
}
