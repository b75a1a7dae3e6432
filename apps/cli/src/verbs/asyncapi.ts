import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { documentOf, type DocumentOptions } from '../asyncapi/nest-project';
import { print, say } from '../output';
import { printable } from '../printable';

interface AsyncApiOptions extends DocumentOptions {
  readonly out?: string;
}

const EXAMPLES = `
The file is the compiled one, CommonJS or ESM. Nothing of the app is made and nothing is connected to: only its decorators
are read, by the @pochta/nestjs of its own project. The class is AppModule, or the only one that the file exports; another
one is named behind a #.

Examples:
  $ pochta asyncapi dist/app.module.js
  $ pochta asyncapi dist/main.module.js#ShopModule --title Shop --out asyncapi.json`;

export function asyncApiCommand(): Command {
  return new Command('asyncapi')
    .description('write the AsyncAPI document of a Nest app')
    .argument('<file[#class]>', 'compiled file of the root module')
    .option('-o, --out <file>', 'file to write; default: the standard output')
    .option('--title <text>', "title; default: the name in the project's package.json")
    .option(
      '--api-version <version>',
      "version of the interface; default: that of the project's package.json",
    )
    .option('--description <text>', 'what the app does')
    .option('--group <name>', 'consumer group of handlers that name none')
    .addHelpText('after', EXAMPLES)
    .action(write);
}

async function write(target: string, { out, ...options }: AsyncApiOptions): Promise<void> {
  const document = await documentOf(target, options);
  const text = JSON.stringify(document, undefined, 2);
  if (out === undefined) return print(text);
  await writeFile(out, `${text}\n`);
  const { channels, operations } = document;
  const counts = `${Object.keys(channels).length} channels, ${Object.keys(operations).length} operations`;
  say(printable(`${out}: ${counts}.`));
}
