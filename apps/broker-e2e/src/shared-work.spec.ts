import { eventually } from '@pochta/testing';
import { BuiltBroker, type RunningProcess, startApp } from '@pochta/testing/processes';
import { connectClient, connectPeer } from './kit/clients';

const CLEAN = { code: 0, signal: null };
const DEADLINE = 60_000;

async function startWorker(port: number): Promise<RunningProcess> {
  const worker = startApp('consumer', port, '--topic=jobs', '--group=workers');
  await worker.stderr.until('Sharing jobs in group workers');
  return worker;
}

/** Publishes the numbers, and waits until each is confirmed. */
async function publishJobs(port: number, from: number, to: number): Promise<void> {
  const publisher = await connectPeer(port);
  for (let n = from; n <= to; n += 1) publisher.send({ action: 'publish', topic: 'jobs', message: n });
  await publisher.take(to - from + 1);
}

const shownBy = ({ stdout }: RunningProcess): number[] => stdout.text.split('\n').slice(0, -1).map(Number);

const shown = (workers: readonly RunningProcess[]): number[] =>
  workers.flatMap(shownBy).sort((a, b) => a - b);

const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n + 1);

/** How the group stands, once that is as wanted. */
async function untilGroup(port: number, holds: (group: Record<string, number>) => boolean): Promise<void> {
  const admin = await connectClient(port);
  const ask = () =>
    admin.request<Record<string, number>>('$pochta.groups.info', { topic: 'jobs', group: 'workers' });
  await eventually(async () => holds(await ask()), 'the group', DEADLINE);
}

const allAcked = ({ inFlight, backlog }: Record<string, number>): boolean => inFlight + backlog === 0;

describe('consumers of one group', () => {
  it('share the messages, and when one is killed the other gets the rest', async () => {
    const { port } = await BuiltBroker.start();
    const workers = [await startWorker(port), await startWorker(port)];
    const [first, second] = workers;
    await publishJobs(port, 1, 20);
    await eventually(() => shown(workers).length === 20, 'all jobs', DEADLINE);
    expect(shown(workers)).toEqual(range(20));
    for (const worker of workers) expect(shownBy(worker).length).toBeGreaterThan(0);

    await untilGroup(port, allAcked);
    // Stands still, with as much as it may have in flight.
    first.signal('SIGSTOP');
    await publishJobs(port, 21, 100);
    await eventually(() => shown(workers).length === 90, 'all other jobs', DEADLINE);
    await first.kill();

    await eventually(() => shown(workers).length === 100, 'the rest', DEADLINE);
    expect(shown(workers)).toEqual(range(100));
    await untilGroup(port, allAcked);
    second.signal('SIGINT');
    expect(await second.exit).toEqual(CLEAN);
  });

  it('ack what they have shown before Ctrl+C ends them, and a newcomer gets only what comes then', async () => {
    const { port } = await BuiltBroker.start();
    const worker = await startWorker(port);
    await publishJobs(port, 1, 10);
    await worker.stdout.until('10\n');
    worker.signal('SIGINT');
    expect(await worker.exit).toEqual(CLEAN);

    await publishJobs(port, 11, 11);
    const newcomer = await startWorker(port);
    await newcomer.stdout.until('11\n');
    expect(shownBy(newcomer)).toEqual([11]);
  });

  it('leave to another what nobody has read', async () => {
    const { port } = await BuiltBroker.start();
    const worker = await startWorker(port);
    worker.closeOutput();
    await publishJobs(port, 1, 5);
    expect(await worker.exit).toEqual(CLEAN);

    const other = await startWorker(port);
    await eventually(() => shownBy(other).length === 5, 'all jobs', DEADLINE);
    expect(shown([other])).toEqual(range(5));
  });

  it('end with Ctrl+C after the broker has gone', async () => {
    const broker = await BuiltBroker.start();
    const worker = await startWorker(broker.port);
    await broker.killAtOnce();
    await worker.stderr.until('is gone');
    worker.signal('SIGINT');
    expect(await worker.exit).toEqual(CLEAN);
  });

  it('say why they cannot join', async () => {
    const { port } = await BuiltBroker.start();
    const worker = startApp('consumer', port, '--group=');
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect(worker.stderr.text).toContain('group must be');
  });
});
