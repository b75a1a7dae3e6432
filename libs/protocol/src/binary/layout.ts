/**
 * The numbers of the binary codec. `docs/protocol.md`, section 3, has every frame byte by byte. Integers of a fixed size
 * are little-endian.
 */

/** The version of the frames that this codec speaks. */
export const BINARY_VERSION = 1;

/** What a frame begins with: `u32` length of all that follows it, `u8` type. */
export const LENGTH_BYTES = 4;
export const HEAD_BYTES = LENGTH_BYTES + 1;

/** Messages that one publish frame may have. Fixed. */
export const MAX_FRAME_MESSAGES = 4096;
/** Bytes of messages after which an encoder begins another frame: the other side need not wait for more. */
export const FRAME_TARGET = 32 * 1024;

/** Bytes of the piece of a stream that one compressed frame may hold. Fixed. */
export const MAX_PIECE = 64 * 1024;

/** A frame whose body is a frame of JSON lines: the type is the brace it begins with. */
export const JSON_FRAME = 0x7b;
/** A frame that holds a piece of the stream of frames, compressed. Both sides send it where they have agreed to. */
export const COMPRESSED = 0x7c;

/** What a client sends. */
export const PUBLISH = 0x01;
export const ACK = 0x02;
export const NACK = 0x03;
export const TERMINATE = 0x04;
export const TOUCH = 0x05;
export const GET = 0x06;
export const REQUEST = 0x07;
export const REPLY = 0x08;
export const CANCEL = 0x09;
export const PING = 0x0a;
export const TRANSACTION = 0x0b;

/** What the broker sends. */
export const CONFIRM = 0x81;
export const PUSH = 0x82;
export const DONE = 0x83;
export const MESSAGE = 0x84;
export const ERROR = 0x85;
export const FORWARDED_REQUEST = 0x86;
export const FORWARDED_CANCEL = 0x87;

/** Flags of a frame. Each type of frame says which of them it may have. */
export const CONTENT_TYPE = 0x01;
export const ATTRIBUTES = 0x02;
export const MESSAGE_IDS = 0x04;
export const REQUEST_IDS = 0x08;
export const META = 0x04;
export const GROUP = 0x08;
export const HEADERS = 0x02;
export const TIMEOUT = 0x04;
export const PAYLOAD = 0x02;
export const MORE = 0x04;
export const END = 0x08;
export const REFUSAL = 0x10;
export const OPTION = 0x01;
export const PUBLISHES = 0x01;
export const SEQUENCES = 0x02;

/** Flags of one message's attributes. */
export const WITH_CONTENT_TYPE = 0x01;
export const WITH_HEADERS = 0x02;
export const WITH_KEY = 0x04;
export const WITH_PRIORITY = 0x08;
export const WITH_DELAY = 0x10;
export const WITH_DELIVER_AT = 0x20;
export const WITH_TTL = 0x40;
export const WITH_MESSAGE_ID = 0x80;

/** How a request's id is written. */
export const NO_ID = 0;
export const INTEGER_ID = 1;
export const TEXT_ID = 2;
export const NUMBER_ID = 3;
