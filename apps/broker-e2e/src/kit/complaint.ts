import type { BuiltBroker } from '@pochta/testing/processes';

/** Starts a broker that cannot start, and returns what it says about that. */
export async function complaint(broker: BuiltBroker): Promise<string> {
  const { code, signal } = await broker.launch().exit;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  // A message for a person, not a stack trace.
  expect(broker.process.said).not.toMatch(/^\s+at .*\(.*:\d+:\d+\)/m);
  return broker.process.said;
}
