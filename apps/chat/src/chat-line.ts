/** What is published to the room. */
export interface ChatMessage {
  readonly user: string;
  readonly text: string;
  /** Seconds since the epoch, by the sender's clock. */
  readonly timestamp: number;
}

/** A message as the terminal shows it, with the time the broker stored it (ms since the epoch). */
export function chatLine(value: unknown, storedAt: number): string {
  const time = new Date(storedAt).toTimeString().slice(0, 5);
  // Anyone can publish anything to the room; what is no chat message is shown as it came.
  const line = isChatMessage(value) ? `${value.user}: ${value.text}` : `?: ${JSON.stringify(value)}`;
  return `${time} ${printable(line)}`;
}

function isChatMessage(value: unknown): value is Pick<ChatMessage, 'user' | 'text'> {
  if (typeof value !== 'object' || value === null) return false;
  const { user, text } = value as Record<string, unknown>;
  return typeof user === 'string' && typeof text === 'string';
}

/**
 * What others write must not command the terminal: no control characters, which begin escape sequences, no line breaks,
 * with which one could put words into another's mouth, and nothing that turns the direction of the text.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
