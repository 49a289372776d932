/**
 * Entry of the command `fiducia`.
 *
 * @module
 */
import { ignoreClosedPipe } from './command/io.ts';
import { runCommand } from './command/program.ts';

ignoreClosedPipe(process.stdout);
ignoreClosedPipe(process.stderr);
process.exitCode = await runCommand(process.argv.slice(2), process);
