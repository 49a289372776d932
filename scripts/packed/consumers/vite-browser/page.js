// The page: what the program finds out goes to whoever served it.
import { createReport } from './report.js';

const send = (path, body) => fetch(path, { method: 'POST', body });
createReport().then(
  (report) => send('/reports', JSON.stringify(report)),
  (error) => send('/failure', String(error?.stack ?? error)),
);
