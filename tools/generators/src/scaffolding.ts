import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { joinPathFragments, generateFiles, type Tree } from '@nx/devkit';

/** Writes a folder of templates. Throws before anything is written when one of the files is there already. */
export function scaffold(
  tree: Tree,
  templates: string,
  folder: string,
  values: Readonly<Record<string, string>>,
): void {
  for (const path of pathsOf(templates, values)) {
    const target = joinPathFragments(folder, path);
    if (tree.exists(target)) throw new Error(`${target} is there already; nothing was changed.`);
  }
  generateFiles(tree, templates, folder, { ...values, template: '' });
}

function pathsOf(templates: string, values: Readonly<Record<string, string>>): string[] {
  return readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(templates.length))
    .map((path) => path.replace(/\.template$/, '').replace(/__(\w+)__/g, (_, key: string) => values[key]));
}
