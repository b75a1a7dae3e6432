/** Waits for a condition. `deadline`: ms, default 15,000; only a failing test waits so long. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string = 'the condition',
  deadline: number = 15_000,
): Promise<void> {
  const expires = performance.now() + deadline;
  while (!(await holds())) {
    if (performance.now() > expires) throw new Error(`${what} did not come true within ${deadline} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
