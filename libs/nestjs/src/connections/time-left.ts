/** Gives the ms that are left of so many, which begin now; 0 when they are over. For waits that share one limit. */
export function timeLeft(timeout: number): () => number {
  const end = performance.now() + timeout;
  return () => Math.max(0, Math.ceil(end - performance.now()));
}
