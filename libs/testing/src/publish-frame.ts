/** What a peer says to publish a message. */
export function publishFrame(topic: string, message: unknown, more: object = {}): object {
  return { action: 'publish', topic, message, ...more };
}
