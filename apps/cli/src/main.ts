#!/usr/bin/env node
import { runCommandLine } from './command-line';
import { flushOutput } from './output';

void runCommandLine(process.argv.slice(2))
  .then(flushOutput)
  // What is left, such as an open standard input, must not keep the command from ending.
  .then(() => process.exit());
