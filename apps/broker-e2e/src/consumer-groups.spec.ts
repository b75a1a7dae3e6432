import { eventually, type AnyFrame, type FakePeer } from '@pochta/testing';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

const COUNT = 2000;
const config = 'defaults: { maxMessages: 200000 }\n';
const group = { topic: 'jobs', group: 'workers' };

const isPush = ({ type }: AnyFrame): boolean => type === 'push';
const sequenceOf = ({ sequence }: AnyFrame): number => sequence as number;
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

async function publishJobs(port: number, count: number): Promise<void> {
  const publisher = await connectPeer(port);
  for (let n = 1; n <= count; n += 1) publisher.send({ action: 'publish', topic: 'jobs', message: n });
  await publisher.take(count);
}

async function join(port: number, prefetch: number): Promise<FakePeer> {
  const worker = await connectPeer(port);
  expect(await worker.ask({ action: 'subscribe', ...group, prefetch })).toMatchObject({
    message: 'Subscribed',
    epoch: expect.any(String),
  });
  return worker;
}

/** Whether nobody listens any more. */
function isClosed(port: number): Promise<boolean> {
  return connectPeer(port).then(
    () => false,
    () => true,
  );
}

/** Acks every message as it comes, until so many acks are answered. Gives the sequences of these, in order. */
async function work(worker: FakePeer, count: number): Promise<number[]> {
  const asked: number[] = [];
  const done: number[] = [];
  while (done.length < count) {
    const frame = await worker.next();
    if (isPush(frame)) {
      asked.push(sequenceOf(frame));
      worker.send({ action: 'ack', ...group, sequence: sequenceOf(frame) });
    } else {
      expect(frame).toEqual({ status: 'success', message: 'Acknowledged' });
      done.push(asked[done.length]);
    }
  }
  return done;
}

it('what a worker was told is acknowledged does not come again after kill -9, and all else does', async () => {
  const broker = await BuiltBroker.start({ config });
  await publishJobs(broker.port, COUNT);
  const worker = await join(broker.port, 50);
  const acked = new Set(await work(worker, COUNT / 2));
  await broker.killAtOnce();
  await broker.start();

  const other = await join(broker.port, COUNT);
  const end = COUNT + 1;
  await other.ask({ action: 'publish', topic: 'jobs', message: 'end' });
  const again = (await other.until(({ sequence }) => sequence === end)).filter(isPush).map(sequenceOf);
  expect(again.filter((sequence) => acked.has(sequence))).toEqual([]);
  // An ack may be done whose answer did not come any more; there are no more of these than were in flight.
  const missing = range(1, COUNT).filter((sequence) => !acked.has(sequence) && !again.includes(sequence));
  expect(missing.length).toBeLessThanOrEqual(50);
});

it('workers share the jobs, and those of one that dies are done by the others', async () => {
  const broker = await BuiltBroker.start({ config });
  const workers = await Promise.all([1, 2, 3].map(() => join(broker.port, 20)));
  await publishJobs(broker.port, 60);
  const jobs = await Promise.all(workers.map((worker) => worker.take(20)));
  expect(
    jobs
      .flat()
      .map(sequenceOf)
      .sort((a, b) => a - b),
  ).toEqual(range(1, 60));

  workers[0].reset();
  for (const worker of workers.slice(1)) {
    worker.send({ action: 'ack', ...group, sequences: jobs[workers.indexOf(worker)].map(sequenceOf) });
  }
  const rest = (): AnyFrame[] =>
    workers
      .slice(1)
      .flatMap(({ untaken }) => untaken.map((line) => JSON.parse(line) as AnyFrame))
      .filter(isPush);
  await eventually(() => rest().length === 20, 'the jobs of the one that died', 60_000);
  expect(new Set(rest().map(sequenceOf))).toEqual(new Set(jobs[0].map(sequenceOf)));
  expect(rest().every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
});

describe('SIGTERM', () => {
  it('lets a worker finish what it has, publish what comes of it, and then ends the broker', async () => {
    const broker = await BuiltBroker.start({ config });
    await publishJobs(broker.port, 5);
    const worker = await join(broker.port, 3);
    const [first, second, third] = (await worker.take(3)).map(sequenceOf);
    broker.process.signal('SIGTERM');
    await eventually(() => isClosed(broker.port), 'the port to close', 60_000);

    const operations = [
      { action: 'publish', topic: 'results', message: 'done' },
      { action: 'ack', ...group, sequence: first },
    ];
    expect(await worker.ask({ action: 'transaction', operations })).toMatchObject({ message: 'Committed' });
    expect(await worker.ask({ action: 'ack', ...group, sequences: [second, third] })).toMatchObject({
      message: 'Acknowledged',
    });
    await worker.ended;
    expect(worker.untaken).toEqual([]);
    expect(await broker.process.exit).toEqual({ code: 0, signal: null });

    await broker.start();
    const next = await join(broker.port, 10);
    expect((await next.take(2)).map(sequenceOf)).toEqual([4, 5]);
    expect(await next.ask({ action: 'get', topic: 'results' })).toMatchObject({ message: 'done' });
  });

  it('ends the broker although a worker never acknowledges', async () => {
    const broker = await BuiltBroker.start({ config });
    await publishJobs(broker.port, 5);
    const worker = await join(broker.port, 3);
    await worker.take(3);
    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    await worker.ended;
  });
});
