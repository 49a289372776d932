/**
 * Entry of the command `fiducia`.
 *
 * @module
 */
import { runCommand } from './command/program.ts';

process.exitCode = await runCommand(process.argv.slice(2), process);
