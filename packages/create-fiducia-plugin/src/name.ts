/**
 * Names of packages by the rules of npm, and of protocols by those of the contract.
 *
 * @module
 */
import { isBuiltin } from 'node:module';
import { CreateError } from './errors.ts';

const LENGTH_MAX = 214;
const RESERVED: readonly string[] = ['node_modules', 'favicon.ico'];
const PART = /^[a-z0-9-][a-z0-9._-]*$/;
const SCOPED = /^@([^/]+)\/([^/]+)$/;
const PROTOCOL_MAX = 32;

/**
 * Checks a name as npm does for new packages.
 *
 * @returns The name.
 * @throws {@link CreateError} with `INVALID_NAME`.
 */
export function requirePackageName(name: string): string {
  const refuse = (reason: string): never => {
    throw new CreateError({ code: 'INVALID_NAME', name, reason });
  };
  if (name.length === 0) refuse('it is empty');
  if (name.length > LENGTH_MAX) refuse(`it has ${name.length} characters, npm takes ${LENGTH_MAX}`);
  if (name !== name.toLowerCase()) refuse('npm takes lower case only');
  const [scope, bare] = SCOPED.exec(name)?.slice(1) ?? [undefined, name];
  for (const part of [scope, bare]) {
    if (part !== undefined && !PART.test(part)) {
      refuse('npm takes a-z, 0-9, "-", "." and "_", and neither "." nor "_" at the beginning');
    }
  }
  if (RESERVED.includes(name) || isBuiltin(name)) refuse('npm or Node has something else of this name');
  return name;
}

/**
 * Name of the protocol in headers and configurations: that of the package, without scope, in the letters that the
 * contract knows.
 *
 * @throws {@link CreateError} with `INVALID_NAME` if no letter is left to begin with.
 */
export function protocolNameOf(packageName: string): string {
  const bare = packageName.replace(/^@[^/]+\//, '').replaceAll(/[^a-z0-9]+/g, '-');
  const name = bare
    .replace(/^[^a-z]+/, '')
    .slice(0, PROTOCOL_MAX)
    .replace(/-+$/, '');
  if (name.length > 0) return name;
  const reason = 'the protocol is named after it and needs a letter to begin with';
  throw new CreateError({ code: 'INVALID_NAME', name: packageName, reason });
}
