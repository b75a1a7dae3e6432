import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';

/** A workspace in memory, without a formatter: in a Jest process none can be loaded. */
export function emptyWorkspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of tree.children('.')) if (/^\.(oxfmt|prettier)/.test(name)) tree.delete(name);
  return tree;
}
