/** A wait that takes longer is a fault of the program under test, or of the bench. */
const PATIENCE_MS = 20_000;

export async function withinPatience<T>(
  what: string,
  wait: Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patienceMs);
  });
  return Promise.race([wait, late]).finally(() => clearTimeout(timer));
}
