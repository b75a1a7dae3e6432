import { Command } from 'commander';

export function asyncApiCommand(): Command {
  return new Command('asyncapi').description('write the AsyncAPI document of a Nest application');
}
