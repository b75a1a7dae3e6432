import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

const TOUR = readFileSync(join(__dirname, '../../../docs/tour.md'), 'utf8');

/** What telnet itself says. */
const BANNER = 4;

/** The transcripts of telnet: the lines that are typed and those that come, by the part of the tour. */
const TRANSCRIPTS = TOUR.split(/^## /m).flatMap((part) => {
  const transcript = /^```\n(\$ telnet .*?)^```/ms.exec(part)?.[1];
  if (transcript === undefined) return [];
  return [{ part: part.slice(0, part.indexOf('\n')), lines: transcript.trimEnd().split('\n').slice(BANNER) }];
});

const comes = (line: string): boolean => /^\{"(status|type)"/.test(line);

/** A line as the tour has it, where `…`, times and the epoch stand for anything. */
function pattern(line: string): RegExp {
  const varying = /…|(?<="epoch":")[^"…]+|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{10,}(?:\.\d+)?/;
  const parts = line.split(varying).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

test('the tour has telnet with plain topics and with a work queue', () => {
  expect(TRANSCRIPTS.map(({ part }) => part)).toEqual(['Telnet', 'A work queue']);
});

test.each(TRANSCRIPTS)('$part: the broker answers as docs/tour.md says', async ({ lines }) => {
  const { port } = await BuiltBroker.start();
  const telnet = await connectPeer(port);
  for (const line of lines) {
    if (comes(line)) {
      expect(await telnet.nextLine()).toMatch(pattern(line));
    } else {
      expect(telnet.untaken).toEqual([]);
      telnet.sendBytes(`${line}\r\n`);
    }
  }
  expect(telnet.untaken).toEqual([]);
});
