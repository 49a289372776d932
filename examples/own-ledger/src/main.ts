/** Prints every report as one line of JSON. */
import { createReports } from './reports.ts';

for (const report of await createReports()) process.stdout.write(`${JSON.stringify(report)}\n`);
