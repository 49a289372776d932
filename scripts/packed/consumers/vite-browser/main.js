import { createReport } from './report.js';

console.log(JSON.stringify(await createReport()));
