import * as ts from 'typescript';

export interface ControllerImport {
  readonly className: string;
  readonly from: string;
}

/** The source of a Nest module, with one more controller. Throws when it has no `@Module({ … })` to add it to. */
export function withController(source: string, { className, from }: ControllerImport): string {
  const file = ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest, true);
  const options = moduleOptions(file);
  if (options === undefined) throw new Error('has no class with @Module({ … })');
  const edits = [listing(options, className), importing(file, `import { ${className} } from '${from}';\n`)];
  // The last first, so that the places of the others stay.
  return edits
    .sort((a, b) => b.at - a.at)
    .reduce((text, { at, insert }) => text.slice(0, at) + insert + text.slice(at), source);
}

interface Edit {
  readonly at: number;
  readonly insert: string;
}

function listing(options: ts.ObjectLiteralExpression, className: string): Edit {
  const controllers = options.properties.find(({ name }) => name?.getText() === 'controllers');
  if (controllers === undefined) {
    return { at: options.getStart() + 1, insert: ` controllers: [${className}], ` };
  }
  const list = ts.isPropertyAssignment(controllers) ? controllers.initializer : undefined;
  if (list === undefined || !ts.isArrayLiteralExpression(list)) {
    throw new Error('has controllers that are no plain list');
  }
  const last = list.elements.at(-1);
  if (last === undefined) return { at: list.getStart() + 1, insert: className };
  return { at: last.getEnd(), insert: `, ${className}` };
}

function importing(file: ts.SourceFile, line: string): Edit {
  const last = file.statements.filter(ts.isImportDeclaration).at(-1);
  return last === undefined ? { at: 0, insert: line } : { at: last.getEnd(), insert: `\n${line.trimEnd()}` };
}

function moduleOptions(file: ts.SourceFile): ts.ObjectLiteralExpression | undefined {
  const classes = file.statements.filter(ts.isClassDeclaration);
  for (const { expression } of classes.flatMap((node) => ts.getDecorators(node) ?? [])) {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'Module') continue;
    const [options] = expression.arguments;
    if (options !== undefined && ts.isObjectLiteralExpression(options)) return options;
  }
  return undefined;
}
