import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { sourceFiles } from './source-files.ts';
import { root } from './tool.ts';

/** Error codes that sources can raise, and places whose code the compiler does not know as a set of literals. */
export interface RaisedCodes {
  readonly codes: ReadonlyMap<string, string>;
  readonly unknown: readonly string[];
}

/** Collects the codes of every `new AppError(code, …)` and of every `{ code, message, details }` in these files, by type. */
export function raisedCodes(files: readonly string[]): RaisedCodes {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [`${root}/node_modules/@types`],
  });
  const checker = program.getTypeChecker();
  const codes = new Map<string, string>();
  const unknown: string[] = [];
  const wanted = new Set(files.map((file) => file.replaceAll('\\', '/')));

  for (const source of program.getSourceFiles()) {
    if (!wanted.has(source.fileName)) continue;
    const visit = (node: ts.Node): void => {
      const code = codeExpression(node);
      if (code) {
        const place = `${source.fileName.slice(root.length + 1)}:${source.getLineAndCharacterOfPosition(code.getStart()).line + 1}`;
        const type = checker.getTypeAtLocation(code);
        const found = literals(type) ?? writtenLiterals(code);
        for (const each of found) if (!codes.has(each)) codes.set(each, place);
        const isText = (type.flags & ts.TypeFlags.StringLike) !== 0;
        if (isText && found.length === 0 && !passesOn(code)) unknown.push(place);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { codes, unknown };
}

function codeExpression(node: ts.Node): ts.Expression | undefined {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'AppError') return node.arguments?.[0];
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const named = new Map(
    node.properties.map((property) => [property.name && ts.isIdentifier(property.name) ? property.name.text : '', property]),
  );
  const code = named.get('code');
  return code && ts.isPropertyAssignment(code) && named.has('message') && named.has('details') ? code.initializer : undefined;
}

/** All values of a type that is a string literal or a union of them; undefined for any other type. */
function literals(type: ts.Type): readonly string[] | undefined {
  if (type.isStringLiteral()) return [type.value];
  if (!type.isUnion()) return undefined;
  const parts = type.types.map(literals);
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

/** Literals that an expression of type string can yield itself, as in `reason?.code ?? 'connectionLost'`. */
function writtenLiterals(expression: ts.Expression): readonly string[] {
  if (ts.isStringLiteral(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression)) return [expression.whenTrue, expression.whenFalse].flatMap(writtenLiterals);
  if (ts.isBinaryExpression(expression)) return [expression.left, expression.right].flatMap(writtenLiterals);
  return ts.isParenthesizedExpression(expression) ? writtenLiterals(expression.expression) : [];
}

/** Whether the code is the one of another error, `error.code`, which was raised elsewhere. */
function passesOn(expression: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'code';
}

/** A page without its heading: the sentence, why it happens, what to do. */
export function pageLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** What is wrong between the codes in the sources and the pages (code to text) in docs/errors. */
export function judgePages(raised: RaisedCodes, pages: ReadonlyMap<string, string>): readonly string[] {
  const faults = raised.unknown.map((place) => `${place}: the error's code is no literal type, so its page cannot be checked`);
  for (const [code, place] of raised.codes) if (!pages.has(code)) faults.push(`${place}: docs/errors/${code}.md is missing`);
  for (const [code, text] of pages) {
    if (!raised.codes.has(code)) faults.push(`docs/errors/${code}.md: no source raises ${code}`);
    else if (pageLines(text).length < 3) faults.push(`docs/errors/${code}.md: needs the sentence, why it happens and what to do`);
  }
  return faults;
}

/** docs/errors/README.md: one row a page. */
export function indexOf(pages: ReadonlyMap<string, string>): string {
  const rows = [...pages].map(([code, text]) => `| [${code}](${code}.md) | ${(pageLines(text)[0] ?? '').replaceAll('|', '\\|')} |`);
  return `# Errors\n\nWritten by \`npm run errors\` from the pages beside it.\n\n| code | what it says |\n|---|---|\n${rows.join('\n')}\n`;
}

function readPages(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort();
  return new Map(names.map((name) => [name.slice(0, -3), readFileSync(`${folder}/${name}`, 'utf8')]));
}

function main(): void {
  const folder = `${root}/docs/errors`;
  const pages = readPages(folder);
  const index = `${folder}/README.md`;
  if (process.argv.includes('--write')) return writeFileSync(index, indexOf(pages));
  const sources = sourceFiles(['.ts']).filter((path) => !/^test\/|\.test\.ts$|^models\/starter\/eval\//.test(path));
  const raised = raisedCodes(sources.map((path) => `${root}/${path}`));
  const faults = [...judgePages(raised, pages)];
  if (!existsSync(index) || readFileSync(index, 'utf8') !== indexOf(pages)) faults.push('docs/errors/README.md: run `npm run errors`');
  for (const fault of faults) console.log(`error: ${fault}`);
  console.log(`${raised.codes.size} codes, ${pages.size} pages, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
