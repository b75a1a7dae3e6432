import { randomUUID } from 'node:crypto';
import type { Client, Gap } from '@pochta/client';
import { chatLine, type ChatMessage } from './chat-line';

/** The header that tells which run of the chat a message came from. A name would not do: two may have the same. */
const SESSION_HEADER = 'chat-session';

/** A room is a topic. */
export class ChatRoom {
  readonly #session = randomUUID();

  constructor(
    private readonly client: Client,
    private readonly topic: string,
    private readonly user: string,
  ) {}

  /** Hands over what was said so far and then what is said, but for what this session itself says. */
  async join(show: (line: string) => void, signal: AbortSignal): Promise<void> {
    const messages = await this.client.subscribe(this.topic, { signal, onGap: (gap) => show(gapLine(gap)) });
    void this.#showAll(messages, show);
  }

  async #showAll(
    messages: Awaited<ReturnType<Client['subscribe']>>,
    show: (line: string) => void,
  ): Promise<void> {
    try {
      for await (const { value, timestamp, headers } of messages) {
        if (headers?.[SESSION_HEADER] !== this.#session) show(chatLine(value, timestamp));
      }
    } catch (error) {
      show(`(Nothing more can be read here: ${(error as Error).message})`);
    }
  }

  /** Resolves when the broker has stored the message; while it is away, waits for it. */
  say(text: string): Promise<void> {
    const message: ChatMessage = { user: this.user, text, timestamp: Date.now() / 1000 };
    return this.client.publish(this.topic, message, { headers: { [SESSION_HEADER]: this.#session } });
  }
}

function gapLine({ from, to, reason }: Gap): string {
  return `(Some of what was said here is gone: messages ${from} to ${to}, ${reason})`;
}
