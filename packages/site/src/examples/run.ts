/**
 * Runs the examples that are complete, and compares what they print and return with what they say.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatWithOptions, inspect, isDeepStrictEqual } from 'node:util';
import ts from 'typescript';
import type { ExampleModule } from './compile.ts';

/** How long one example may take. */
const TIMEOUT_MS = 30_000;

/** What came of a run. */
export interface RunReport {
  /** One sentence for each example that throws, takes too long, or prints or returns something else. */
  readonly problems: readonly string[];
  /** Values in comments that were compared. */
  readonly values: number;
  /** Outputs on pages that were compared. */
  readonly outputs: number;
}

/** Compares a value with the comment behind it. */
type Expect = (actual: unknown, expected: () => unknown, comment: string) => void;

/** Name by which modules reach the comparison. */
const EXPECT = 'expectValue';

/**
 * Runs modules one after the other in this process, which has to find the sources of the packages.
 *
 * @param folder - Folder, in reach of the packages, for the modules while they run.
 */
export async function runModules(modules: readonly ExampleModule[], folder: string): Promise<RunReport> {
  const problems: string[] = [];
  let values = 0;
  mkdirSync(folder, { recursive: true });
  // Some write files, and none of them into the repository.
  const [home, scratch] = [process.cwd(), mkdtempSync(join(tmpdir(), 'fiducia-examples-'))];
  process.chdir(scratch);
  try {
    for (const module of modules) {
      const { file, line, output } = module.example;
      const complain = (text: string): void => void problems.push(`${file}:${line}: ${text}`);
      const expect: Expect = (actual, expected, comment) => {
        values += 1;
        if (!isDeepStrictEqual(actual, expected())) complain(`says ${comment}, which is ${inspect(actual)}`);
      };
      Object.assign(globalThis, { [EXPECT]: expect });
      const printed = await runModule(module).catch((error: unknown) => {
        complain(`throws ${error instanceof Error ? error.message : String(error)}`);
        return output;
      });
      if (output !== null && printed !== output) complain(`prints\n${printed}and not\n${output}`);
    }
  } finally {
    process.chdir(home);
    for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true });
  }
  return { problems, values, outputs: modules.filter(({ example }) => example.output !== null).length };
}

/** Returns what the module prints. */
async function runModule({ path, text }: ExampleModule): Promise<string> {
  const printed: string[] = [];
  const { log, error } = console;
  const target = path.replace(/\.ts$/, '.mjs');
  writeFileSync(target, transpile(text));
  const late = new AbortController();
  console.error = () => {};
  console.log = (...parts: readonly unknown[]) =>
    void printed.push(`${formatWithOptions({ colors: false }, ...parts)}\n`);
  try {
    await Promise.race([import(target), rejectLater(late.signal)]);
  } finally {
    late.abort();
    Object.assign(console, { log, error });
  }
  return printed.join('');
}

function transpile(text: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    experimentalDecorators: true,
  };
  return ts.transpileModule(expectComments(text), { compilerOptions }).outputText;
}

const CLAIM = /^(\s*)([\w.]+(?:\(.*\))?(?:[\w.[\]]|\(.*\))*); \/\/ (.+)$/gm;

/** Makes `value(); // literal` and `console.log(value); // literal` comparisons. Other comments stay comments. */
export function expectComments(text: string): string {
  return text.replace(CLAIM, (whole, indent: string, statement: string, comment: string) => {
    const isLiteral = /^[-\d'"`[{]|^(true|false|null|undefined)\b/.test(comment) && isExpression(comment);
    if (!isLiteral) return whole;
    const value = /^console\.log\((.*)\)$/.exec(statement)?.[1] ?? statement;
    return `${indent}${EXPECT}((${value}), () => (${comment}), ${JSON.stringify(comment)});`;
  });
}

function isExpression(text: string): boolean {
  const { diagnostics } = ts.transpileModule(`(${text});`, { reportDiagnostics: true });
  return diagnostics?.length === 0 && !text.includes('…');
}

function rejectLater(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('takes too long')), TIMEOUT_MS);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
