/** Runs the command in this process, with its output in memory. */
import { Writable } from 'node:stream';
import { runCommand } from '../../src/command/program.ts';

function collector() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

export async function run(...args: readonly string[]) {
  const [stdout, stderr] = [collector(), collector()];
  const exitCode = await runCommand(args, { stdout: stdout.stream, stderr: stderr.stream });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}
