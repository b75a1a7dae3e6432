type Release = () => unknown;

let releases: Release[] = [];

/** Runs after the current test, also when it fails; the latest first. */
export function afterThisTest(release: Release): void {
  releases.push(release);
}

afterEach(async () => {
  const due = releases.reverse();
  releases = [];
  const errors: unknown[] = [];
  for (const release of due) {
    try {
      await release();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `Cleaning up failed: ${errors.join('; ')}`);
});
