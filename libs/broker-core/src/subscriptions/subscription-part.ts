/** What a subscription does in one topic: reads its log, or is a member of one of its groups. */
export interface SubscriptionPart {
  /** The topic's epoch. */
  readonly epoch: string;
  /** Where it stands in the log; `undefined` for a member of a group, whose place is the group's to know. */
  readonly sequence: number | undefined;
  /** In a group: its ack deadline, in ms. */
  readonly ackDeadline?: number;
  /** The next sequence that it will push; `Infinity` before its start, and when that cannot be said. */
  readonly nextPush: number;
  /** Of a topic that was deleted: whether nothing is left to tell of it. */
  readonly finished: boolean;
  /** Begins to push. Calls back once, when what the topic held at first has been pushed, or when it is closed. */
  start(onCaughtUp?: () => void): void;
  /** Goes on after the outlet was full. */
  resume(): void;
  /** Pushes nothing any more, and nothing of it can be settled: for what is to be closed, and waits for its turn. */
  silence(): void;
  close(): void;
}
