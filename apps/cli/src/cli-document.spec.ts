import { builtApp, userEnvironment } from '@pochta/testing/processes';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pochta, startPochta } from '../fixtures/command';

const DOCUMENT = readFileSync(join(__dirname, '../../../docs/cli.md'), 'utf8');

/** What is typed, and what comes then, in the order of the page. */
const EXAMPLES = [...DOCUMENT.matchAll(/^```console\n(.*?)^```/gms)]
  .flatMap(([, block]) => block.split(/^\$ /m).slice(1))
  .map((example) => {
    const [command, ...lines] = example.trimEnd().split('\n');
    return { command, lines };
  });

/** A line as the page has it, where `…` stands for anything. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pochta-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a shell says to it, on both outputs. */
async function typed(command: string, server: string): Promise<string[]> {
  const path = `${folder}${delimiter}${process.env.PATH}`;
  const env = { ...userEnvironment(), POCHTA_SERVER: server, PATH: path };
  const shell = spawn('sh', ['-c', `(${command}) 2>&1`], { env });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => shell.once('close', resolve));
  return output.trimEnd().split('\n');
}

it('the command answers as docs/cli.md says', async () => {
  const broker = startPochta(['serve', '--port', '0'], {}, folder);
  await broker.stdout.until('\n');
  const [, server] = /listens on ([\d.:]+)/.exec(broker.stdout.text)!;
  writeFileSync(join(folder, 'pochta'), `#!/bin/sh\nexec ${process.execPath} ${builtApp('cli')} "$@"\n`);
  chmodSync(join(folder, 'pochta'), 0o755);
  expect(EXAMPLES.length).toBeGreaterThan(15);
  for (const { command, lines } of EXAMPLES) {
    const said = await typed(command, server);
    expect({ command, said }).toEqual({
      command,
      said: lines.map((line) => expect.stringMatching(pattern(line)) as string),
    });
  }
}, 60_000);

it.each(
  ['serve', 'pub', 'sub', 'get', 'request', 'topic ls', 'topic info', 'asyncapi'].map((verb) => [verb]),
)('docs/cli.md tells of every option of %s', async (verb) => {
  const { stdout } = await pochta([...verb.split(' '), '--help']);
  const options = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
  for (const option of options.filter((one) => one !== '--help')) expect(DOCUMENT).toContain(option);
});
