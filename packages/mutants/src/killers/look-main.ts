/**
 * The part of a killer that runs in a process of its own, with the bug in what it loads: prints one line of JSON.
 *
 * @module
 */
import type { ProgramKiller } from '../mutant.ts';
import { look } from './look.ts';

const [killer = '{}', limitMs = '0'] = process.argv.slice(2);
const trial = await look(JSON.parse(killer) as ProgramKiller, performance.now() + Number(limitMs));
process.stdout.write(`\n${JSON.stringify(trial)}\n`);
