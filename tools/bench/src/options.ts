import { parseArgs } from 'node:util';
import type { BenchCase } from './cases';

/** What one run of the bench is asked to do. */
export interface BenchOptions {
  /** Contenders whose name contains one of these; all when empty. */
  readonly only: readonly string[];
  /** Cases whose name contains one of these; all when empty. */
  readonly cases: readonly string[];
  /** The growth cases instead of the others. */
  readonly growth: boolean;
  /** Messages that a topic holds while a growth case is measured, from few to many. */
  readonly sizes: readonly number[];
  /** Connections, or topics, of the resources cases. */
  readonly count: number;
  /** Seconds that each run is measured, after the warm-up. */
  readonly seconds: number;
  /** Rounds; in each, every contender runs once, in turn. */
  readonly runs: number;
  /** A commit whose broker is measured beside this tree's, in the place of all else. */
  readonly against?: string;
  /** File for the figures, as JSON; their tables go beside it, as Markdown. */
  readonly json: string;
  /** File for the chart; beside the figures when it is not given. */
  readonly svg?: string;
}

export const HELP = `npm run bench -- [options]

Measures Pochta beside a reference program, in turns, and prints ratios: absolute figures are the machine's.

  --only=a,b      contenders whose name contains a or b (all)
  --case=a,b      cases whose name contains a or b (all but growth, nest and resources)
  --seconds=3     seconds that each run is measured, after a warm-up of one
  --runs=3        rounds; in each, every contender runs once
  --growth        the growth cases; so does --case=growth, or --case="growth: get"
  --case=nest     the cases of Nest services; one of them: --case="nest: emit"
  --case=resources  memory and start-up; one of them: --case="resources: topics"
  --count=10000   connections, or topics, of the resources cases
  --sizes=1000,1000000,10000000
                  messages stored, for the growth cases
  --against=main  this tree's broker beside that of a commit, in turns: the chosen ones of fan-out,
                  publish, group and request; writes the figures, no table or chart
  --json=FILE     where the figures go (tmp/bench.json); beside them the tables as Markdown
  --svg=FILE      where the chart goes (beside the figures)
  --list          names the cases and contenders

Fan-out cases: one publisher, and subscribers that each get every message; a message counts with each delivery.
Subscribers and publisher are one process. RabbitMQ has at most 1,000 messages under way, which is faster there than
20,000. Beside what is flushed before it is delivered, the bench measures in each round what the disk takes from one
writer, in flushed blocks of 1 MiB and of 64 KiB, and the notes compare the two.

Publish cases: one publisher and nobody who reads; a message counts once it is confirmed. "keeps" says when that is:
when it is flushed to the disk, when it is on its way there (the system may still lose it), or when it is in memory.
Each peer holds about 100,000 messages and then drops the oldest, as Pochta does.

Group cases: one member of a consumer group acks each chunk it reads with one frame, and a message counts once its
ack is answered. Either a publisher keeps at most 20,000 messages unacked, in a topic of 100,000 that refuses what
does not fit: it is full after the first second, and from then on what is acked makes room. Or 500,000 messages are
stored first, and the clock runs from the first tenth of them to the last, whatever --seconds says. The reference has
no groups: it forwards 1 to 1, and "of 1 to 1" behind a ratio says so.
Prefetch 1,000. Of the peers, Redis Streams acks with one command what one read brought; JetStream acks each message, or
the last of a chunk for all before it ("ack all"), and RabbitMQ does the latter. Those two answer no acks, so there a
message counts once its ack is sent, and nobody knows when that is kept.

Request cases: one requester and one responder, raw, in one process; a request counts once its reply has come. Payloads of
100 bytes both ways. What a chunk asks for is replied to with one write, and as many are requested anew with one.

Latency: a publisher sends 5,000 messages a second by a schedule, in steps of 0.2 ms, and a subscriber in another process
takes the time from when each was due. Between two messages the publisher sleeps in the kernel; what it is late counts,
and is shown. Each program by raw bytes and by its own Node client, and beside what is durable the disk by itself: 4 KiB
written over a file and flushed, as often as messages are due at most.

Clients cases: the same work through each system's own Node client, as users write it: objects, one call and one promise
a message. Every client is a process of its own, and every message has a number: one that is missing, comes again or out of
its order fails the run. 100 bytes of JSON.
  fan-out    one publisher and one subscriber; at most 20,000 messages that are not confirmed, or not taken
  publish    confirms; window 1,000
  group      300,000 messages are stored first; one member takes and acks each, prefetch 1,000, and the clock runs from a
             tenth of them to the last
  request    a responder that answers with what it is asked
What an ioredis sends in one turn travels together (enableAutoPipelining), but with 1 request in flight. NATS's publish has
no promise: what it has taken counts as sent. Of acks, only Pochta's and Redis's clients hear an answer.

Nest cases: a Nest service and its client, through @pochta/nestjs and through each of Nest's own transports, in turns;
client, service and broker each in a process of its own. The reference is Nest's TCP, with no broker in between; "of best
peer" is of the fastest of Nest's transports through a broker in the same round. JSON payloads of 100 bytes.
  request    ClientProxy.send to a @MessagePattern handler that answers with a field of the payload
  emit       ClientProxy.emit to an @EventPattern handler, at most 1,000 not handled; counted when they are handled.
             Durable where the transport can be: Pochta with LMDB, confirmed when flushed, a group that acks; RabbitMQ
             with a durable queue, persistent messages, and the handler's acks; prefetch 1,000 with both. Those that
             keep nothing are run as well, and marked; the best peer is one that keeps what is emitted.
  topic      ClientProxy.emit to the broker's decorated topic stock_prices, whose handler checks each message against a
             class-validator DTO before it is stored; counted when they are confirmed, at most 1,000 are not. The
             reference checks the same class in an @EventPattern handler's ValidationPipe, and stores nothing.
Everything else is at its defaults. Redis, Mosquitto, RabbitMQ and NATS are started by the bench, on a free port and with
their data in the temporary folder; those that are not installed are left out: tools/bench/install-peers.sh gets them. aedes is a
Node library that comes with the packages.

Growth cases: the cost of an operation with few and with many messages stored, with LMDB, as ratios of the smallest
size in the same round. A topic is filled to a size, kept, and filled on to the next; another stays at the smallest.
While a topic is measured it stays at its size:
  publish    the topic is full and drops the oldest, so what comes pushes as many out; window 1,000
  get        one connection, 64 requests in flight, in rounds of at most 500 and half of the smallest size; what a
             round took is published again before the next, while the clock stands still
  group      a work queue whose group has all of it to consume, prefetch 1,000; each message acked, and so removed,
             is replaced, so there are up to 1,000 more than the size
  start-up   from the start of the process until it accepts a connection, with the messages spread over 100 topics;
             their files are still in the system's cache
The broker starts anew before each of these, and its memory is read then and at the end. 10,000,000 messages take some
GB in the temporary folder (TMPDIR), until the end or Ctrl+C.

Resources cases: what a program needs before there is any load, beside a bare Node server. Each starts anew.
  start-up     from the start of the process until it accepts a connection, and its memory a second after that
  connections  its own memory for each, while all are silent: they have said nothing, or hello, or each has subscribed to
               one and the same topic, or to one of its own; the client of Pochta speaks binary frames
  topics       its own memory for each topic with one message of 100 bytes; and, for --seconds, the publishes a second
               over all topics in turn, of those to one topic; a frame each, window 1,000
10,000 connections need as many open files in the program and in the client (ulimit -n).
`;

/** Throws a `TypeError` that a person can act on. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' | 'list' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: '' },
      case: { type: 'string', default: '' },
      growth: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '1000,1000000,10000000' },
      count: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '3' },
      runs: { type: 'string', default: '3' },
      json: { type: 'string', default: 'tmp/bench.json' },
      against: { type: 'string' },
      svg: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  return {
    only: names(values.only),
    cases: names(values.case),
    growth: values.growth,
    sizes: sizes(values.sizes),
    count: Math.ceil(positive('count', values.count)),
    seconds: positive('seconds', values.seconds),
    runs: Math.ceil(positive('runs', values.runs)),
    against: values.against,
    json: values.json,
    svg: values.svg,
  };
}

/** Whether the name is among what was asked for. */
export function chosen(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

/** These take minutes, gigabytes or other brokers, so they run only when asked for by the beginning of their names. */
const ASKED_FOR: readonly string[] = ['growth', 'nest', 'resources'];

export function chosenCase({ kind, name }: BenchCase, { cases, growth }: BenchOptions): boolean {
  if (growth) return kind === 'growth' && chosen(name, cases);
  if (!ASKED_FOR.includes(kind)) return chosen(name, cases);
  return cases.some((part) => part.startsWith(kind) && name.startsWith(part));
}

function names(list: string): string[] {
  return list.split(',').filter((name) => name !== '');
}

function sizes(list: string): number[] {
  const wanted = [...new Set(names(list).map(Number))].sort((a, b) => a - b);
  if (wanted.length === 0 || !wanted.every((size) => Number.isSafeInteger(size) && size >= 100))
    throw new TypeError(`--sizes must be whole numbers from 100 on, not ${list}`);
  return wanted;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${option} must be a number above 0, not ${text}`);
  return value;
}
