import { ERROR_TABLE, type ErrorCode } from './error-table';

/** What a code means to who gets it, and what to do about it. */
interface Explanation {
  readonly means: string;
  readonly todo: string;
}

const EXPLANATIONS: Readonly<Record<ErrorCode, Explanation>> = {
  INVALID_JSON: {
    means: 'The frame is not JSON, not an object, or not UTF-8. The broker goes on behind the next newline.',
    todo: 'Mend the frame. End every frame with a newline.',
  },
  INVALID_FRAME: {
    means:
      'A field is missing, of the wrong type or out of range, or the frame is nested too deep. The text names it.',
    todo: 'Mend the field that the text names.',
  },
  UNKNOWN_ACTION: {
    means: 'The `action` is none that this broker knows.',
    todo: 'See the table of actions in protocol.md; the broker may be older than the client.',
  },
  FRAME_TOO_LARGE: {
    means:
      'The frame is longer than `maxFrameBytes`, or a compressed frame holds more than 64 KiB. The connection closes.',
    todo: 'Send smaller messages, or raise the limit.',
  },
  FRAME_TIMEOUT: {
    means: 'A frame began and did not end within `frameTimeout`. The connection closes.',
    todo: 'Send a frame in one go; look for a missing closing brace.',
  },
  UNKNOWN_CODEC: {
    means:
      'The first bytes of the connection are of no protocol that this port speaks. The connection closes.',
    todo: 'Speak JSON lines, or binary frames of the version that the broker says. HTTP is not served on this port.',
  },
  TOPIC_FULL: {
    means: 'The topic is at its limit and its policy is `reject`. The message was not stored.',
    todo: 'Try again later, take messages out, or change the limit or the policy.',
  },
  TOPIC_UNKNOWN: {
    means: 'There is no such topic, and it may not be created by using it.',
    todo: 'Declare the topic, or mend its name.',
  },
  VALIDATION_FAILED: {
    means: 'The topic checks its messages, and this one does not pass. The text names the field.',
    todo: 'Mend the message.',
  },
  HANDLER_FAILED: {
    means: "The topic's handler in the broker threw. The message was not stored.",
    todo: "Look at the broker's log; try again if it may pass.",
  },
  ALREADY_SUBSCRIBED: {
    means: 'This connection has a subscription with that topic and group.',
    todo: 'Use the one there is, or unsubscribe first.',
  },
  NOT_SUBSCRIBED: {
    means: 'This connection has no such subscription.',
    todo: 'Mend the name; nothing needs to be undone.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    means: 'The connection has as many subscriptions as the configuration allows.',
    todo: 'Unsubscribe from some, use a filter for several topics, or raise the limit.',
  },
  TOO_MANY_TOPICS: {
    means: 'The broker holds as many topics as the configuration allows.',
    todo: 'Delete topics that are not used, or raise the limit.',
  },
  TOPIC_EXISTS: {
    means: 'There is such a topic already, with another policy.',
    todo: 'Use it as it is, change its policy, or choose another name.',
  },
  DELAY_OUT_OF_RANGE: {
    means:
      "`deliverAt` is more than 366 days ahead by the broker's clock, or more than an hour past. The message was not stored.",
    todo: 'Choose a time within that range; see that the clocks agree.',
  },
  GROUP_UNKNOWN: {
    means: 'The topic has no such consumer group.',
    todo: 'Mend the name; a `subscribe` with `group` creates it.',
  },
  GROUP_MISMATCH: {
    means:
      'The consumer group exists, and was created with other values than this `subscribe` asks for. The text names the field.',
    todo:
      'Leave the field out, which means as the group is; or stop all members, delete the group and let it begin anew, ' +
      'as administration.md says.',
  },
  TOO_MANY_GROUPS: {
    means: 'The topic has 1,000 consumer groups, which is as many as there may be.',
    todo: 'Delete groups that are not used: `$pochta.groups.delete`.',
  },
  NOT_IN_FLIGHT: {
    means:
      'Messages that are to be settled are not in flight to this subscription: `sequences` lists them. Nothing of the frame was done.',
    todo: 'Nothing for those: they were settled before, or come again. Settle the others without them.',
  },
  NOT_SUPPORTED: {
    means: 'The broker, or its storage engine, cannot do it. The text says which.',
    todo: 'Do without, or use an engine that can.',
  },
  NO_RESPONDERS: {
    means: 'Nobody responds to requests on this topic.',
    todo: 'Start a responder, and try again.',
  },
  REQUEST_TIMEOUT: {
    means: 'The reply did not come in time. Whether the responder acted is not known.',
    todo: 'Try again if that is harmless, or allow more time.',
  },
  REQUEST_CANCELLED: { means: 'The requester cancelled the request.', todo: 'Nothing.' },
  REQUEST_FAILED: {
    means: 'The responder answered with an error.',
    todo: "See the text, which is the responder's.",
  },
  UNKNOWN_REQUEST: {
    means:
      'There is no open request with that correlation id or id: it was answered, cancelled or timed out.',
    todo: 'Nothing; a reply that is late has nobody to go to.',
  },
  TOO_MANY_REQUESTS: {
    means: 'The connection has as many requests in flight as the configuration allows.',
    todo: 'Wait for replies, then try again.',
  },
  UNAUTHENTICATED: {
    means: 'The connection has not said who it is, or could not prove it.',
    todo: 'Authenticate first.',
  },
  FORBIDDEN: { means: 'The principal may not do this on this topic.', todo: 'Ask for the permission.' },
  STORAGE_FULL: {
    means: 'There is no space left for messages. Nothing of the batch was stored.',
    todo: 'Free space on the disk, or purge topics; try again.',
  },
  STORAGE_FAILED: {
    means: 'The storage engine failed to write or read. Nothing of the batch was stored.',
    todo: "Look at the broker's log; try again.",
  },
  ENGINE_UNAVAILABLE: {
    means: 'The storage engine cannot be reached now.',
    todo: 'Try again; see that the engine runs.',
  },
  DATA_DIR_IN_USE: {
    means: 'Another broker runs on the same data folder.',
    todo: 'Stop it, or give this one a folder of its own.',
  },
  DATA_DIR_UNUSABLE: {
    means: 'The data folder cannot be made, read or written.',
    todo: 'Mend its path or its permissions.',
  },
  DATA_VERSION_UNSUPPORTED: {
    means: 'The data folder was written by a newer version of Pochta.',
    todo: 'Use that version, or another folder.',
  },
  INVALID_CONFIG: {
    means: 'A setting is wrong. The text names it.',
    todo: 'Mend the setting that the text names.',
  },
  ADDRESS_UNAVAILABLE: {
    means: 'The broker cannot listen on the address: it is in use, or not of this machine.',
    todo: 'Choose another host or port, or stop who uses it.',
  },
  SHUTTING_DOWN: {
    means: 'The broker is stopping and takes nothing new.',
    todo: 'Connect again, and try again.',
  },
  TOO_MANY_CONNECTIONS: {
    means: 'The broker has as many connections as the configuration allows.',
    todo: 'Close some, or raise the limit; try again.',
  },
  UNKNOWN_CONNECTION: {
    means: 'The broker has no such connection; it may have closed.',
    todo: 'Nothing, or list the connections there are.',
  },
  INTERNAL: {
    means: "Something in the broker went wrong that should not: a defect of Pochta's.",
    todo: "Look at the broker's log, and report it.",
  },
  CONNECTION_FAILED: {
    means: 'The client could not connect.',
    todo: 'See that the broker runs and the address is right; try again.',
  },
  CONNECTION_CLOSED: {
    means: 'The client was closed; from the broker: an administrator has closed the connection.',
    todo: 'Make a new client; one whose connection was closed connects again by itself.',
  },
  OUTCOME_UNKNOWN: {
    means:
      'The answer to what was sent can no longer come: the connection was lost, of publishes for longer than the ' +
      'resend window, or the client was closed. A publish, request, transaction, `get` or ack may have been done or not.',
    todo:
      'Find out whether a message is there before publishing it again; ask again if doing it twice is harmless. ' +
      'What was not acked comes again.',
  },
  BUFFER_FULL: {
    means: 'The client holds as many unconfirmed publishes as it may.',
    todo: 'Wait for confirms, then publish on.',
  },
  ABORTED: { means: 'The caller gave up waiting.', todo: 'Nothing.' },
};

const HEAD = `# Errors

Generated from the error table in \`libs/protocol\`; do not edit by hand. An error answer carries the code: match the
code, not the text, which may say more than the default given here. _Retriable_ means that the same request may
succeed later, unchanged.
`;
const COLUMNS = ['code', 'retriable', 'default text', 'what it means', 'what to do'];

/** The text of docs/errors.md, in the form that Prettier leaves alone. */
export function errorDocument(): string {
  const rows = (Object.keys(ERROR_TABLE) as ErrorCode[]).map((code) => {
    const { retriable, text } = ERROR_TABLE[code];
    const { means, todo } = EXPLANATIONS[code];
    return [`\`${code}\``, retriable ? 'yes' : 'no', text, means, todo];
  });
  const widths = COLUMNS.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column], fill)).join(' | ')} |\n`;
  const rule = line(
    COLUMNS.map(() => ''),
    '-',
  );
  return `${HEAD}\n${line(COLUMNS)}${rule}${rows.map((row) => line(row)).join('')}`;
}
