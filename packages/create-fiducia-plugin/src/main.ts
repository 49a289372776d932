/**
 * Entry of the command `create-fiducia-plugin`.
 *
 * @module
 */
import { runCommand } from './command.ts';

process.exitCode = runCommand(process.argv.slice(2), process);
