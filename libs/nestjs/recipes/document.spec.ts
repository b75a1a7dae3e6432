import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = readFileSync(join(__dirname, '../../../docs/nestjs.md'), 'utf8');

interface Recipe {
  readonly titles: readonly string[];
  readonly programs: readonly string[];
  /** What the spec imports of the package. */
  readonly imports: readonly string[];
}

/** What the specs beside this one run, and what their tests are called. */
const RECIPES: readonly Recipe[] = readdirSync(__dirname)
  .filter((file) => file.endsWith('.spec.ts') && !['document.spec.ts', 'readme.spec.ts'].includes(file))
  .map((file) => readFileSync(join(__dirname, file), 'utf8'))
  .map((source) => ({
    titles: [...source.matchAll(/^(?:test|describe)\((['"])(.*?)\1,/gm)].map(([, , title]) => title),
    programs: [...source.matchAll(/^( *)\/\/ #region\n(.*?)\n *\/\/ #endregion$/gms)].map(
      ([, indent, body]) =>
        body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replace(`'../src'`, `'@pochta/nestjs'`),
    ),
    imports: [...source.matchAll(/^import (?:type )?\{([^}]*)\} from '\.\.\/src';$/gm)].flatMap(([, names]) =>
      [...names.replaceAll('type ', '').matchAll(/\w+/g)].map(([name]) => name),
    ),
  }));

const programsIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^```ts\n(.*?)\n```$/gms)].map(([, body]) => body);

/** The wishes: the headings below `## Recipes`, each with its text. */
function sections(): { readonly title: string; readonly text: string }[] {
  const [, recipes] = DOCUMENT.split('\n## Recipes\n');
  return recipes
    .split('\n### ')
    .slice(1)
    .map((section) => ({ title: section.slice(0, section.indexOf('\n')), text: section }));
}

test('every program of docs/nestjs.md is run by a spec, and every program of the specs is in it', () => {
  const run = RECIPES.flatMap(({ programs }) => programs);
  expect(programsIn(DOCUMENT).filter((program) => !run.includes(program))).toEqual([]);
  expect(run.filter((program) => !programsIn(DOCUMENT).includes(program))).toEqual([]);
});

test('the guide says which of the names in its programs are to be imported from the package', () => {
  const [, rule] = /From `@pochta\/nestjs` are (.*?)\. The/s.exec(DOCUMENT)!;
  const told = [...rule.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const used = RECIPES.flatMap(({ programs, imports }) =>
    imports.filter((name) => programs.some((program) => new RegExp(`\\b${name}\\b`).test(program))),
  );
  expect(used.filter((name) => !/Pochta|Topic/.test(name) && !told.includes(name))).toEqual([]);
});

test('every recipe has a test of its name', () => {
  expect(sections().length).toBeGreaterThan(19);
  for (const { title, text } of sections()) {
    const recipe = RECIPES.find(({ titles }) => titles.includes(title));
    expect([title, recipe?.programs.toSorted()]).toEqual([title, programsIn(text).sort()]);
    expect([title, recipe?.programs.length]).not.toEqual([title, 0]);
  }
});

test('every option of handlers has its row in docs/nestjs.md', () => {
  const source = readFileSync(join(__dirname, '../src/transport/subscribe-options.ts'), 'utf8');
  const [, options] = /interface SubscribeOptions \{(.*?)^\}/ms.exec(source)!;
  const names = [...options.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name);
  const rows = [...DOCUMENT.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(names.toSorted());
});
